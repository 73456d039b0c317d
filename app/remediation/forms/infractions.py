"""Shapes of what is entered about infractions."""

from wtforms import DateField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.remediation.models import InfractionCategory, InfractionSource, Severity
from app.web.filters import sentence_case
from app.web.forms import EffectForm

DATE = "Enter a date as year-month-day, for example 2026-03-27."
REASON_LENGTH = Length(max=4000, message="Keep it under 4,000 characters.")


class InfractionForm(EffectForm):
    partner = StringField(
        "Partner",
        description="The partner's number, for example P-1003.",
        validators=[InputRequired("Enter the partner's number."), Length(max=20)],
    )
    program = SelectField("Program", validators=[InputRequired("Choose the program.")])
    category = SelectField(
        "What kind of rule was broken",
        choices=[SelectChoice(one.value, sentence_case(one.value)) for one in InfractionCategory],
        validators=[InputRequired("Choose what kind of rule was broken.")],
    )
    rule = StringField(
        "Rule",
        description="As the partner can look it up, for example: Partner code of conduct 4.2.",
        validators=[InputRequired("Name the rule that was broken."), Length(max=200)],
    )
    severity = RadioField(
        "Severity",
        choices=[
            SelectChoice(Severity.MINOR.value, "Minor", render_kw={"hint": "A slip; little harm, easily put right."}),
            SelectChoice(
                Severity.SERIOUS.value, "Serious", render_kw={"hint": "A rule was broken knowingly, or with real harm."}
            ),
            SelectChoice(
                Severity.GRAVE.value,
                "Grave",
                render_kw={"hint": "Corruption, fraud or retaliation. Tell your lead at once."},
            ),
        ],
        validators=[InputRequired("Choose how severe it is.")],
    )
    occurred_on = DateField(
        "Day on which it happened",
        description="It counts from this day. For example, 27 March 2026.",
        validators=[InputRequired(DATE)],
    )
    discovered_on = DateField("Day on which it was found", validators=[InputRequired(DATE)])
    source = SelectField(
        "How it was found",
        choices=[SelectChoice(one.value, sentence_case(one.value)) for one in InfractionSource],
        validators=[InputRequired("Choose how it was found.")],
    )
    summary = TextAreaField(
        "What happened, in words for the partner",
        description="If this becomes a case, the partner reads these words in the notice. Name facts, no sources and no suspicions.",
        validators=[InputRequired("Say in a sentence or two what happened."), REASON_LENGTH],
    )
    internal_details = TextAreaField(
        "Internal details, if any",
        description="Sources, suspicions, links to the investigation. No partner and no account representative sees this.",
        validators=[REASON_LENGTH],
    )


class JudgementForm(EffectForm):
    verdict = RadioField(
        "Your finding",
        choices=[
            SelectChoice(
                "substantiated",
                "Substantiated",
                render_kw={"hint": "The facts are proven. It counts from the day it happened."},
            ),
            SelectChoice(
                "dismissed",
                "Dismissed",
                render_kw={"hint": "Not proven, or no infraction. It stays on file and counts for nothing."},
            ),
        ],
        validators=[InputRequired("Choose what you found.")],
    )
    reason = TextAreaField(
        "What you base this on",
        description="Read later by an auditor, and in an appeal.",
        validators=[InputRequired("Say what you base this on."), REASON_LENGTH],
    )


class JoinForm(EffectForm):
    reason = TextAreaField(
        "Why it belongs to this case", validators=[InputRequired("Say why it belongs to this case."), REASON_LENGTH]
    )
