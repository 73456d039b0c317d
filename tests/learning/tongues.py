"""The course of `school.py` in English, French (without its second lesson) and Arabic (whole), asking the same by the same ids."""

from app.courses.rules.bundle import Bundle
from tests.learning.school import gifts

FRENCH = {
    "index.fr.md": """---
title: Les cadeaux
description: Quand un cadeau devient un pot-de-vin.
objectives:
  gifts: Distinguer une attention d’un pot-de-vin
---
Un cours sur les cadeaux.
""",
    "01-courtesy.fr.md": """---
title: L’attention
objectives: [gifts]
---
Un stylo est une attention.

<quiz>

## Un stylo est-il une attention ? {#pen}

- [x] Oui, personne ne s’achète avec un stylo
    > Un stylo convient.
- [ ] Non, jamais

Les petites choses sont petites.

</quiz>
""",
    "03-asking.fr.md": """---
title: À qui demander
---
Demandez avant de donner.
""",
}

FRENCH_QUIZ = """---
title: Questionnaire final
quiz: {show_correct: passed}
---

# Les cadeaux {objective=gifts}

## Quel cadeau convient ? {#which}

Un client décide de votre offre la semaine prochaine.

- [x] Un stylo
    > Un stylo n’achète personne.
- [ ] Une voiture
    > Une voiture achète une décision.

[[?]] Pensez à sa valeur.

Un stylo est une attention.

## Que faut-il faire approuver ? {#approval type=multiple}

- [x] Un dîner
- [x] Un voyage
- [ ] Un verre d’eau

## Combien de jours avant de devoir demander ? {#days}

= 7

## Complétez {#gaps}

Un [[pot-de-vin | pot de vin]] est [[permis | (interdit) | incertain]].

---
La loi le dit.

## Mettez en ordre {#order}

1. Demander
2. Attendre
3. Donner

## Associez {#match}

- Stylo -> Attention
- Voiture -> Pot-de-vin

## Que ferez-vous ? {#reflect}

[[___]]
"""

FRENCH_ATTESTATION = """
# Votre déclaration

## Veuillez confirmer {#attest type=attestation}

- [ ] J’ai lu et compris les règles sur les cadeaux.
- [ ] Je demanderai avant de donner.
"""

ARABIC = {
    "index.ar.md": """---
title: الهدايا
description: متى تصبح الهدية رشوة.
objectives:
  gifts: التمييز بين المجاملة والرشوة
---
دورة عن الهدايا: ما يجوز قبوله، وما يجب الإبلاغ عنه.
""",
    "01-courtesy.ar.md": """---
title: المجاملة
objectives: [gifts]
---
القلم مجاملة، ولا يشتري أحدًا. اكتب إلى `compliance@example.com` إذا شككت، خلال 24 ساعة.

> [!IMPORTANT]
> لا تقبل هدية من شخص ينتظر قرارك.

## ما يجوز وما لا يجوز

| الهدية | القيمة | الحكم |
|---|---|---|
| قلم | 5 يورو | جائز |
| سيارة | 40000 يورو | ممنوع |

1. اسأل أولًا
2. انتظر الجواب
3. ثم أعطِ

```
GIFT-2026-0042: declined (40,000 EUR)
```

<quiz>

## هل القلم مجاملة؟ {#pen}

- [x] نعم، لا يُشترى أحد بقلم
    > القلم مقبول.
- [ ] لا، أبدًا

الأشياء الصغيرة صغيرة.

</quiz>

والآن إلى [الرشوة](02-bribes.md).
""",
    "02-bribes.ar.md": """---
title: الرشوة
---
السيارة ليست مجاملة.
""",
    "03-asking.ar.md": """---
title: من تسأل
---
اسأل قبل أن تعطي.
""",
}

ARABIC_QUIZ = """---
title: الاختبار النهائي
quiz: {show_correct: passed}
---

# الهدايا {objective=gifts}

## أي هدية مقبولة؟ {#which}

سيقرر أحد العملاء بشأن عرضك في الأسبوع المقبل.

- [x] قلم
    > القلم لا يشتري أحدًا.
- [ ] سيارة
    > السيارة تشتري قرارًا.

[[?]] فكّر في قيمتها.

القلم مجاملة.

## ما الذي يحتاج إلى موافقة؟ {#approval type=multiple}

- [x] عشاء
- [x] رحلة
- [ ] كوب ماء

## كم يومًا قبل أن يجب عليك السؤال؟ {#days}

= 7

## املأ الفراغات {#gaps}

إن [[الرشوة | رشوة]] أمر [[مسموح | (ممنوع) | غير واضح]].

---
هذا ما يقوله القانون.

## رتّب الخطوات {#order}

1. اسأل
2. انتظر
3. أعطِ

## صِل بين الكلمات {#match}

- قلم -> مجاملة
- سيارة -> رشوة

## ماذا ستفعل؟ {#reflect}

[[___]]
"""

ARABIC_ATTESTATION = """
# إقرارك

## يُرجى التأكيد {#attest type=attestation}

- [ ] قرأت قواعد الهدايا وفهمتها.
- [ ] سأسأل قبل أن أعطي.
"""


def gifts_in_three(*, attestation: bool = False, french_quiz: bool = True, **of_the_original) -> Bundle:
    """The settings are those of `school.gifts`."""
    original = gifts(attestation=attestation, **of_the_original)
    quizzes = {
        "99-quiz.ar.md": ARABIC_QUIZ + (ARABIC_ATTESTATION if attestation else ""),
        "99-quiz.fr.md": FRENCH_QUIZ + (FRENCH_ATTESTATION if attestation else ""),
    }
    if not french_quiz:
        del quizzes["99-quiz.fr.md"]
    translated = {**FRENCH, **ARABIC, **quizzes}
    return Bundle.of(
        {**{path: original[path] for path in original}, **{path: text.encode() for path, text in translated.items()}}
    )
