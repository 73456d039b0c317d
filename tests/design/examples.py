"""What the gallery shows: realistic data, and the ugly data that people really have."""

from types import SimpleNamespace
from typing import Any

from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields import SelectChoice


class EverythingForm(Form):
    """One field of each kind, filled badly."""

    idempotency_key = HiddenField(default="8b0c")
    title = StringField("What happened", [validators.DataRequired("Say what happened, in one line")])
    amount = StringField(
        "Amount in euros", [validators.Regexp(r"^\d+$", message="Write the amount in figures, such as 12400")]
    )
    account = StringField(
        "Where it was found", [validators.Optional()], description="A ledger, a claim, a conversation"
    )
    partner = SelectField(
        "Partner",
        choices=[SelectChoice("1", "Nordwind IT-Systemhaus GmbH"), SelectChoice("2", "株式会社ミナトソリューションズ")],
    )
    occurred_on = DateField("Date it happened", [validators.InputRequired("Give the date, such as 27 March 2026")])
    severity = RadioField(
        "How serious is it?",
        [validators.InputRequired("Choose how serious it is")],
        choices=[
            SelectChoice("minor", "Minor", {"hint": "An omission that misled nobody"}),
            SelectChoice("major", "Major", {"hint": "A customer, the vendor or an authority was misled"}),
        ],
    )
    sources = SelectMultipleField(
        "Where do you know it from?",
        choices=[
            SelectChoice("audit", "Audit"),
            SelectChoice("hotline", "Speak-up line"),
            SelectChoice("press", "Press"),
        ],
    )
    account_of_it = TextAreaField(
        "Describe it",
        [validators.Length(min=400, message="Write at least 400 characters, so that a reviewer can judge it")],
    )
    evidence = FileField("Evidence", description="PDF, PNG or JPEG, up to 20 MB")
    password = PasswordField("Your password", [validators.DataRequired("Enter your password to sign")])
    sure = BooleanField(
        "I have read the notice and the evidence", [validators.DataRequired("Confirm that you have read both")]
    )


def everything_form() -> EverythingForm:
    """The form as it comes back after it was sent."""
    form = EverythingForm(data={"title": "", "amount": "12.4k", "account_of_it": "Short", "partner": "1"})
    form.validate()
    return form


class SignInForm(Form):
    email = EmailField("E-mail address")
    password = PasswordField("Password")


class FilterForm(Form):
    partner = StringField("Partner")
    state = SelectField(
        "State",
        choices=[
            SelectChoice("", "Any state"),
            SelectChoice("active", "Active"),
            SelectChoice("releasable", "Releasable"),
        ],
    )


def item(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**values)


LONG = "Handelsgesellschaft für Bürokommunikation und Informationstechnologie Nordwestmecklenburg mbH & Co. KG"
TASKS = [
    item(
        title="Acknowledge the notice of 4 November",
        url="/t/1",
        hint="Two minutes: why, what to do, by when.",
        status="Overdue",
        tone="danger",
        due="Was due 18 Nov",
    ),
    item(
        title="Gifts and hospitality",
        url="/t/2",
        hint="Partner code of conduct, unit 3 of 6",
        status="In progress",
        tone="info",
        due="Due 27 Nov",
    ),
    item(
        title=f"Root cause analysis for {LONG}",
        url="/t/3",
        hint="Explain how a false proof of execution could be claimed, and who could have noticed it.",
        status="Changes requested",
        tone="attention",
        due="Due 4 Dec",
    ),
    item(title="التدريب على مكافحة الفساد", url="/t/4", status="Not started", tone="neutral", due="Due 11 Dec"),
    item(title="Final quiz", hint="Opens when the six units are read.", status="Cannot start yet"),
    item(
        title="Truthful incentive claims, books and records", url="/t/6", status="Completed", tone="done", due="14 Nov"
    ),
    item(title="合规培训:礼品与招待", url="/t/7", status="Completed", tone="done"),
]
STEPS = [
    item(number=1, title="Root cause analysis", url="/s/1", status="Accepted", tone="done", due="12 Nov 2026"),
    item(number=2, title="Correct the three claims", url="/s/2", status="Accepted", tone="done", due="16 Nov 2026"),
    item(
        number=3,
        title="Training of everyone who files claims",
        url="/s/3",
        status="In progress",
        tone="info",
        due="Due 27 Nov 2026",
        next_action="11 of 14 covered people have finished; Grace is reminding the other three.",
        current=True,
    ),
    item(
        number=4,
        title="Evidence of the new approval rule, with the minutes of the meeting at which it was adopted and the names of those present",
        url="/s/4",
        status="Changes requested",
        tone="attention",
        due="Due 4 Dec 2026",
        next_action="Upload the signed version.",
    ),
    item(
        number=5,
        title="Completion attestation",
        status="Not started",
        due="Due 28 May 2027",
        next_action="The executive signs after steps 1 to 4.",
    ),
]
STAGES = [
    item(
        label="Held",
        amount="€12,400.00",
        reason="Withheld since 4 November 2026 by the notice of RC-2026-0042.",
        state="done",
    ),
    item(
        label="Releasable",
        amount="€12,400.00",
        reason="Unlocked on 18 November 2026 by certificate GS-2026-7K4M-Q2.",
        state="current",
        url="/c/1",
        url_label="Certificate",
    ),
    item(label="Ordered", amount="€0.00", reason="Finance proposes the next release order on 1 December 2026."),
    item(label="Paid", amount="€0.00", reason="The bank takes two business days after the order."),
]
LARGE_STAGES = [
    item(
        label="Held",
        amounts=["KWD 123,456,789,012.345", "¥987,654,321,098", "€123,456,789,012.00"],
        reason="Three programs, three currencies, never added up.",
        state="current",
    ),
    item(label="Releasable", amount="KWD 0.000", reason="The determination is open."),
    item(label="Ordered", amount="KWD 0.000"),
    item(label="Paid", amount="KWD 123,456,789,012.345", reason="Order RO-2026-0007, acknowledged 2 November 2026."),
]
FIGURES = [
    item(label="Held", value="€1,204,500.00", note="31 partners, 4 programs"),
    item(label="Releasable", value="€12,400.00", note="1 order to propose", tone="attention", url="/releases"),
    item(label="Finished on time", value="91 %", note="+5 points since October"),
    item(label="Overdue", value="3", note="2 of them by more than a week", tone="danger"),
]
ROWS = [
    item(period="December 2026", program="Cloud Reseller", partner=LONG, held="€12,400.00", released="€0.00"),
    item(
        period="November 2026",
        program="Managed Services Advanced Specialisation",
        partner="株式会社ミナトソリューションズ",
        held="¥987,654,321,098",
        released="−¥80",
    ),
    item(
        period="October 2026",
        program="Cloud Reseller",
        partner="شركة النور للحلول التقنية ذ.م.م",
        held="KWD 123,456,789,012.345",
        released="KWD 0.000",
    ),
    item(period="September 2026", program="Devices", partner="Ng", held="€0.00", released="€1.00"),
]
EVENTS = [
    item(
        at="21 November 2026, 16:03 CET",
        iso="2026-11-21T15:03:00Z",
        title="Evidence returned",
        who="Sam Adeyemi, compliance analyst",
        text="The minutes name the rule but are not signed. Please upload the signed version.",
        tone="attention",
    ),
    item(
        at="20 November 2026, 09:12 CET",
        title="Evidence received: approval-rule-minutes.pdf",
        who="Grace Hoffmann-Okafor",
        url="/e/2",
        tone="info",
    ),
    item(
        at="18 November 2026, 11:40 CET",
        title="Step accepted: correct the three claims",
        who="Sam Adeyemi",
        tone="success",
    ),
    item(
        at="4 November 2026, 10:00 CET",
        title="Release refused",
        who="عبد الرحمن الهاشمي",
        text="The approver of the determination can't approve the release.",
        tone="danger",
    ),
    item(at="4 November 2026, 09:00 CET", title="Notice served", who=None),
]
FILES = [
    item(
        name="approval-rule-minutes_v2_FINAL_signed_by_all_four_managing_directors_of_the_company_2026-11-20.pdf",
        url="/f/1",
        size="2.4 MB",
        digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        note="Revision 2, received 20 November 2026",
        status="Changes requested",
        tone="attention",
    ),
    item(
        name="محضر الاجتماع.pdf",
        url="/f/2",
        size="184 kB",
        digest="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    ),
    item(name="roster.csv", url=None, size="0 bytes"),
]
CHOICES = [
    item(value="a", text="Ask the officer’s employer, in writing, whether the invitation may be accepted"),
    item(value="b", text="Book it before the prices rise, and tell compliance afterwards", checked=True),
    item(
        value="c",
        text="Nothing: entertaining customers is what the marketing fund is for, and everybody in this industry has always done it, in every country that the partner sells in",
    ),
]
GRADED = [
    item(
        value="a",
        text="Photographs with date and place",
        checked=True,
        result="right",
        feedback="Yes: they tie the event to the claim.",
    ),
    item(
        value="b",
        text="The venue’s quotation",
        checked=True,
        result="wrong",
        feedback="A quotation shows a plan. Ask for the paid invoice.",
    ),
    item(
        value="c",
        text="The list of guests, with their companies",
        result="missed",
        feedback="It shows who really came.",
    ),
    item(value="d", text="A statement by the organiser’s brother"),
]
LESSON = item(
    title="Gifts and hospitality",
    position="Module 2 of 4 · Unit 3 of 6 · 8 min",
    course_title="Partner code of conduct and speaking up",
    course_url="/courses/1",
    progress_text="2 of 6 units done",
    next_label="Next: When a customer asks",
    next_action="/courses/1/units/3/next",
    previous_url="/courses/1/units/2",
    units=[
        item(title="Why partners have a code", url="/u/1", done=True, current=False, minutes=6),
        item(title="Who is covered", url="/u/2", done=True, current=False, minutes=5),
        item(title="Gifts and hospitality", url="/u/3", done=False, current=True, minutes=8),
        item(
            title="When a customer asks for something that you can’t put in the books",
            url="/u/4",
            done=False,
            current=False,
            minutes=9,
        ),
        item(title="Speaking up without fear", url="/u/5", done=False, current=False, minutes=7),
        item(title="Final quiz", url="/u/6", done=False, current=False),
    ],
    html=Markup("""<p>Most gifts between business people are harmless, and some are crimes. The difference is rarely the price alone. It is what the gift is <em>for</em>, who receives it, and whether you would be content to see it in the books under its own name.</p>
<h2>Three questions before you give</h2>
<ol><li>Is a decision pending that this person takes or can sway?</li><li>Would their employer and yours both say yes, if asked in writing?</li><li>Will the entry in your books say what it was, for whom, and why?</li></ol>
<p>If one answer is no, stop and ask. <a href="https://example.org/code#gifts">Section 4.2 of the code</a> says whom.</p>
<blockquote><p><strong>A case.</strong> Ravi’s company sells licences to a ministry. Before the tender closes he sends the head of procurement a watch “for the new year”. It cost €180. The amount is below his company’s limit of €200; the timing is not below anything.</p></blockquote>
<div class="alert alert-note" role="note"><p class="alert-title">Note</p><p>A limit in euros is a help for judgement, not a licence.</p></div>
<div class="alert alert-warning" role="note"><p class="alert-title">Warning</p><p>Cash, and whatever is as good as cash, is never a gift.<sup class="footnote-ref"><a href="#c-fn1" id="c-fn1-ref">[1]</a></sup></p></div>
<h3>What the fund pays for</h3>
<p>Marketing funds pay for what was claimed, and for nothing else:</p>
<div class="table-scroll" role="region" tabindex="0" aria-label="Table"><table><thead><tr><th scope="col">Expense</th><th scope="col">May be claimed</th></tr></thead><tbody><tr><td>Room, speakers and coffee of a customer event</td><td>Yes, with invoice and guest list</td></tr><tr><td>Dinner for the organiser’s family</td><td>No</td></tr></tbody></table></div>
<ul><li>Keep the invoice, the guest list and two photographs.</li><li>Write the guest’s employer beside each name.</li></ul>
<ul class="task-list"><li class="task-item"><span class="task-mark" role="img" aria-label="done">☑</span> Ask before you give</li></ul>
<hr class="footnotes-sep"><section class="footnotes"><ol class="footnotes-list"><li id="c-fn1" class="footnote-item"><p>UK Bribery Act 2010, section 6. <a href="#c-fn1-ref" class="footnote-backref" aria-label="Back to the text">↩︎</a></p></li></ol></section>"""),
)
NAVIGATION = [
    item(label="Home", url="/", current=False, count=None),
    item(label="Cases", url="/cases", current=True, count=12),
    item(label="Decisions", url="/decisions", current=False, count=3),
    item(label="Partners", url="/partners", current=False, count=None),
    item(label="Courses", url="/courses", current=False, count=None),
    item(label="Holds and releases", url="/holds", current=False, count=None),
    item(label="Certificates", url="/certificates", current=False, count=None),
    item(label="Audit", url="/audit", current=False, count=None),
]
ACTOR = item(
    name="Friederike Sommerfeld-Achterberg",
    email="friederike.sommerfeld-achterberg@nordwind.example",
    role_label="Compliance analyst",
    organization="Example Vendor",
)
BRAND = item(
    name="Good Standing",
    vendor_name="Example Vendor",
    logo_url=None,
    support_email="partner-compliance@vendor.example",
    support_hours="Monday to Friday, 9:00 to 17:00 CET",
)
