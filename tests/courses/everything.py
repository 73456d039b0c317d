"""A small course in which every construct of the format stands, in English, French and Arabic; the author's view of it."""

from app.courses.rules.bundle import Bundle
from tests.courses.samples import MP4, PNG, with_files

INDEX = """---
title: Handling customer data
description: What partners may do with customer data.
lang: en
version: 2.1.0
time_required: PT25M
objectives:
  report: Report a suspected data leak within 24 hours
  share: Decide when customer data may be shared
---
This course replaces the 2024 edition.
"""

LESSON = """---
title: Why it matters
objectives: [report]
---
# The clock

A leak starts a clock[^1]. See [sharing](02-sharing.md#labels) and [the policy](https://example.com/policy).

[^1]: Section 4.2 of the policy.

> [!NOTE]
> The clock does not stop for weekends.

> [!WARNING]
> A late report is an infraction of its own.

| Label | Who may open it |
|:--|--:|
| Public | Everybody |
| Confidential | 12 people |

![A leak drips from a pipe that is marked customer data](media/leak.png)

![How a leak is reported, in two minutes](media/report.mp4)

- [x] A list of things done
- [ ] and not done

```
report --within 24h
```

<quiz>

When does the clock start?

- [x] When you suspect a leak
    > Right, suspicion is enough.
- [ ] When the leak is proven
    > Proof may come months later.

[[?]] Read the first line again.

The clock is explained in section 4.

</quiz>

After the check.
"""

SHARING = """# Labels

Every file has one.
"""

QUIZ = """---
title: Final quiz
quiz:
  shuffle_answers: true
  show_correct: passed
---

# Reporting {pick=2 objective=report}

Think of your own last week.

## How soon must a suspected leak be reported? {#report-deadline}

You notice at 17:00 on Friday that a file went to the wrong customer.

![The screen of the incident form](media/leak.png)

- [ ] Next working day, at the desk
    > FEEDBACK The clock does not stop for weekends.
- [x] Within **24 hours** & no later
    > FEEDBACK Right: see section 4.2 of the policy.
- [ ] Within 72 hours, with a reason
    > FEEDBACK That is the regulator's limit, not ours.

[[?]] Look at lesson 1, under "The clock".

EXPLANATION Reports go to the incident form, at any hour.

## Which of these count as customer data? {#what-counts type=multiple}

- [x] A support ticket with the customer's name
- [x] A usage log with an account number
- [ ] Our public price list

## A partner may wait for proof before reporting. {#wait-for-proof}

- [ ] True
- [x] False

## 3rd: how many hours do you have? {#3-hours}

= 24

## What share of the file may be sampled, in percent? {#sample}

= 10 +- 2.5

EXPLANATION Ten, give or take.

## What temperature is safe? {#cold}

= [-5, 4]

# Sharing {objective=share}

## Fill in the missing words {#words}

Send the file only to the [[data owner | owner]], and mark it [[public | (confidential) | draft]].

- Then tell [[nobody]].

---
EXPLANATION The label decides who may open it.

## Put the steps in order {#order}

1. Stop the transfer
2. Tell your representative
3. File the report

## Match the data to its label {#match}

- Price list -> Public
- Support ticket -> Confidential
- Usage log -> Confidential
- _ -> Secret

# Closing

## What will you do differently? {#reflect}

[[___]]

## Statement {#attest type=attestation}

- [ ] I have read and understood the data policy, version 2.1.
- [ ] I will report a suspected leak within 24 hours.
"""

FRENCH_INDEX = """---
title: Traiter les données des clients
translates: 2.1.0
objectives:
  report: Signaler une fuite présumée dans les 24 heures
  share: Décider quand les données peuvent être partagées
---
Ce cours remplace l'édition 2024.
"""

ARABIC_INDEX = """---
title: التعامل مع بيانات العملاء
objectives:
  report: الإبلاغ عن تسرب محتمل خلال 24 ساعة
  share: تحديد متى يجوز مشاركة البيانات
---
تحل هذه الدورة محل نسخة 2024.
"""

ARABIC_SHARING = """# التصنيفات

لكل ملف تصنيف.
"""

TRANSCRIPT = "A narrator opens the incident form and fills in four fields.\n"


def files() -> dict[str, str | bytes]:
    return {
        "index.md": INDEX,
        "index.fr.md": FRENCH_INDEX,
        "index.ar.md": ARABIC_INDEX,
        "01-why-it-matters.md": LESSON,
        "02-sharing.md": SHARING,
        "02-sharing.ar.md": ARABIC_SHARING,
        "99-quiz.md": QUIZ,
        "media/leak.png": PNG,
        "media/report.mp4": MP4,
        "media/report.en.vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\nOpen the form.\n",
        "media/report.md": TRANSCRIPT,
        "CHANGES.md": "- 2.1.0: one more question. retrain: no\n",
    }


def everything() -> Bundle:
    return with_files(files())
