"""Shapes of what is entered on a step: evidence, its review, meetings, the signature."""

from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from app.remediation.forms.cases import Boxes, MayBeEmpty
from app.remediation.forms.infractions import DATE, REASON_LENGTH
from app.web.forms import EffectForm

_STATEMENT = Length(max=20_000, message="Keep it under 20,000 characters, or attach a document.")
_TIME = "Enter a time in hours and minutes, for example 14:30."


class EvidenceForm(EffectForm):
    statement = TextAreaField("What you want to say", validators=[_STATEMENT])
    keep = Boxes("Files that you sent before: keep them in this revision")
    files = MultipleFileField("Files")
    effective_on = DateField(
        "In force since",
        description="The day from which what you show holds, not the day of the upload. For example, 27 March 2026.",
        validators=[MayBeEmpty()],
    )


class ReviewForm(EffectForm):
    verdict = RadioField(
        "Your finding",
        choices=[
            SelectChoice(
                "accepted", "Accept", render_kw={"hint": "It shows what the step asks for. The step is done."}
            ),
            SelectChoice("returned", "Return", render_kw={"hint": "Something is missing. The partner mends it."}),
        ],
        validators=[InputRequired("Choose whether you accept or return it.")],
    )
    reason = TextAreaField(
        "Exactly what has to be mended",
        description="Needed when you return it: one thing a line. The partner reads these words.",
        validators=[REASON_LENGTH],
    )


class SessionForm(EffectForm):
    agenda = TextAreaField("Agenda", validators=[InputRequired("Say what the meeting is about."), _STATEMENT])
    place = StringField(
        "Where",
        description="A room, or the address of the call.",
        validators=[InputRequired("Say where."), Length(max=300)],
    )
    day = DateField("Day", validators=[InputRequired(DATE)])
    time = TimeField("Time", validators=[InputRequired(_TIME)])
    minutes_to_last = IntegerField(
        "Minutes it lasts",
        default=60,
        validators=[InputRequired("Enter how long it lasts."), NumberRange(5, 600, "Enter from 5 to 600 minutes.")],
    )


class MinutesForm(EffectForm):
    day = DateField("Day on which it was held", validators=[InputRequired(DATE)])
    time = TimeField("Time", validators=[InputRequired(_TIME)])
    attendees = TextAreaField(
        "Who took part",
        description="One person a line, with the company.",
        validators=[InputRequired("Name who took part."), REASON_LENGTH],
    )
    minutes = TextAreaField(
        "Minutes",
        description="What was said and agreed. The partner confirms them.",
        validators=[InputRequired("Write the minutes."), _STATEMENT],
    )
    follow_ups = TextAreaField(
        "Agreed next steps", description="One a line: what, who, by when.", validators=[REASON_LENGTH]
    )


class ConfirmationForm(EffectForm):
    verdict = RadioField(
        "Are the minutes right?",
        choices=[
            SelectChoice("confirmed", "Yes, I confirm them", render_kw={"hint": "The step is done."}),
            SelectChoice("objected", "No, something is wrong or missing", render_kw={"hint": "We write them anew."}),
        ],
        validators=[InputRequired("Choose whether the minutes are right.")],
    )
    objection = TextAreaField(
        "What is wrong or missing", description="Needed only when you object.", validators=[REASON_LENGTH]
    )


class AttestationForm(EffectForm):
    manifest_digest = HiddenField(validators=[InputRequired("Open this page again.")])
    password = PasswordField(
        "Your password",
        description="You sign by entering it again.",
        validators=[InputRequired("Enter your password to sign.")],
    )
