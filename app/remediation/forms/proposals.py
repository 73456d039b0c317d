"""Shapes of what is proposed to an approver: notice, plan, determination, referral."""

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from app.certificates.rules.snapshot import Locale
from app.kernel.languages import own_name
from app.remediation.forms.cases import Boxes, MayBeEmpty
from app.remediation.forms.infractions import REASON_LENGTH
from app.remediation.models import CaseState, Outcome, ReviewOutcome, StepKind
from app.web.forms import EffectForm

_WORDS = Length(max=8000, message="Keep it under 8,000 characters.")
_TO_APPROVER = "For the approver and a later auditor. The partner does not read this."


class NoticeForm(EffectForm):
    explanation = TextAreaField(
        "Why you get this notice",
        description="The infractions are listed under these words.",
        validators=[InputRequired("Say why."), _WORDS],
    )
    obligations = TextAreaField(
        "What you have to do, and by when", validators=[InputRequired("Say what to do."), _WORDS]
    )
    consequences = TextAreaField(
        "What is withheld, and what can follow", validators=[InputRequired("Say what can follow."), _WORDS]
    )
    appeal = TextAreaField("How to appeal", validators=[InputRequired("Say how to appeal."), _WORDS])
    reason = TextAreaField(
        "Why you propose it",
        description=_TO_APPROVER,
        validators=[InputRequired("Say why you propose it."), REASON_LENGTH],
    )


class StepForm(Form):  # type: ignore[misc]
    """One step of the plan's form. A row that is left out, or has no title, is no step."""

    leave_out = BooleanField("Leave this step out")
    position = IntegerField("Place in the list", validators=[MayBeEmpty(), NumberRange(1, 99)])
    kind = SelectField("Kind", choices=[SelectChoice(kind.value, kind.label) for kind in StepKind])
    title = StringField("Title", validators=[Length(max=120, message="Keep the title under 120 characters.")])
    what_to_do = TextAreaField("What to do", validators=[_WORDS])
    due_on = DateField("Due", validators=[MayBeEmpty()])
    courses = Boxes("Courses (training only)")
    materials = Boxes("Materials (reading only)")
    target = IntegerField(
        "Target in percent (training and reading)",
        validators=[MayBeEmpty(), NumberRange(1, 100, "Enter a target from 1 to 100.")],
    )


class PlanForm(EffectForm):
    steps = FieldList(FormField(StepForm), max_entries=40)
    reason = TextAreaField(
        "Why you propose it",
        description=_TO_APPROVER,
        validators=[InputRequired("Say why you propose it."), REASON_LENGTH],
    )


_OUTCOMES = {
    Outcome.COMPLETED: "The case is closed and the certificate issued; what is withheld becomes releasable.",
    Outcome.COMPLETED_WITH_CONDITIONS: "The certificate is issued; the conditions are watched until the case is closed.",
    Outcome.NOT_COMPLETED: "The case goes back to work. Only the steps that you name are opened again.",
    Outcome.REFUSED: "The partner did not take part, or what it handed in can't be relied on. The case is referred.",
}


class DeterminationForm(EffectForm):
    outcome = RadioField(
        "Outcome",
        choices=[
            SelectChoice(outcome.value, outcome.label, render_kw={"hint": hint}) for outcome, hint in _OUTCOMES.items()
        ],
        validators=[InputRequired("Choose the outcome.")],
    )
    reason = TextAreaField(
        "What you found, in words for the partner",
        validators=[InputRequired("Say what you found."), REASON_LENGTH],
    )
    conditions = TextAreaField(
        "Conditions",
        description="Only for “completed with conditions”: what they are, and how they will be checked. Printed on the certificate.",
        validators=[Length(max=1000, message="Keep the conditions under 1,000 characters.")],
    )
    language = SelectField(
        "Language of the certificate",
        description="Only for a completion. What people typed, such as titles and conditions, is printed as they typed it.",
        choices=[SelectChoice(locale.value, f"{locale.label} ({own_name(locale.value)})") for locale in Locale],
    )
    steps = Boxes("Steps to open again", description="Only for “not completed”.")
    internal_reason = TextAreaField(
        "Why you propose it",
        description=_TO_APPROVER,
        validators=[InputRequired("Say why you propose it."), REASON_LENGTH],
    )


_FINDINGS = {
    ReviewOutcome.STANDS: "The program was completed. A new certificate is issued, valid no longer than the revoked one.",
    ReviewOutcome.FALLS: "The case goes back to work. Only the steps that you name are opened again. What was paid stays paid.",
}


class DeterminationReviewForm(EffectForm):
    outcome = RadioField(
        "What you found",
        choices=[
            SelectChoice(outcome.value, outcome.label, render_kw={"hint": hint}) for outcome, hint in _FINDINGS.items()
        ],
        validators=[InputRequired("Choose what you found.")],
    )
    reason = TextAreaField(
        "Why",
        description="For the approver and a later auditor. The partner does not see it.",
        validators=[InputRequired("Say why."), REASON_LENGTH],
    )
    steps = Boxes("Steps to open again", description="Only where the determination falls.")
    words = TextAreaField(
        "Why it has to work again, in words for the partner",
        description="Only where the determination falls. The partner reads them in the case.",
        validators=[REASON_LENGTH],
    )


_DESTINATIONS = {
    CaseState.REFERRED: (
        "Refer the case",
        "Somebody decides about the partnership. Holds stay. Nothing ends by itself.",
    ),
    CaseState.IN_REMEDIATION: ("Return it to work", "The partner takes part again; it goes on where it stopped."),
    CaseState.CLOSED_OFFBOARDED: ("Close it: offboarded", "Only when nothing is withheld any more."),
    CaseState.DISMISSED: (
        "Dismiss it: opened in error",
        "Nothing is deleted; its infractions are free again. Only when nothing is withheld.",
    ),
}


class ReferralForm(EffectForm):
    destination = RadioField(
        "What should become of the case",
        choices=[
            SelectChoice(state.value, label, render_kw={"hint": hint}) for state, (label, hint) in _DESTINATIONS.items()
        ],
        validators=[InputRequired("Choose what should become of the case.")],
    )
    words_to_partner = TextAreaField(
        "What this means, in words for the partner",
        description="It reads these words once this is approved.",
        validators=[InputRequired("Say what this means for the partner."), REASON_LENGTH],
    )
    reason = TextAreaField(
        "Why you propose it",
        description=_TO_APPROVER,
        validators=[InputRequired("Say why you propose it."), REASON_LENGTH],
    )
