"""Shapes of what learners and representatives send. Answers to questions have the shape that their question gives them."""

from wtforms import (
    DateField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from app.web.forms import EffectForm

_DATE = "Enter a date as year-month-day, for example 2026-03-27."


class AttestationForm(EffectForm):
    """Every statement ticked, and the password again. The statements are those of the course version; the view gives them."""

    statements = SelectMultipleField(
        "I confirm", choices=[], validators=[InputRequired("Tick every statement that you attest; each one is needed.")]
    )
    password = PasswordField(
        "Your password",
        description="You sign by entering it again.",
        validators=[InputRequired("Enter your password. It makes this your signature."), Length(max=256)],
    )


class AssignmentsForm(EffectForm):
    """Which courses, to whom, until when. The choices are those of one partner; the view gives them."""

    courses = SelectMultipleField("Courses", choices=[], validators=[InputRequired("Choose at least one course.")])
    people = SelectMultipleField(
        "People", choices=[], coerce=int, validators=[InputRequired("Choose at least one person.")]
    )
    due_on = DateField("Due on", description="They have until the end of that day.", validators=[InputRequired(_DATE)])


class ReasonForm(EffectForm):
    reason = TextAreaField(
        "Why",
        description="One or two sentences. They are kept with the record.",
        validators=[InputRequired("Say why, in a sentence that a later auditor will read."), Length(max=1000)],
    )


class ExtraTimeForm(EffectForm):
    percent = RadioField(
        "How much more",
        choices=[
            SelectChoice(25, "A quarter more (25 %)"),
            SelectChoice(50, "Half as much again (50 %)"),
            SelectChoice(100, "Twice the time (100 %)"),
            SelectChoice(200, "Three times the time (200 %)"),
        ],
        coerce=int,
        validators=[InputRequired("Choose how much more time.")],
    )
    reason = TextAreaField(
        "Why",
        description="Only staff who may give more time read it: not the learner, not their company. A few words are enough.",
        validators=[InputRequired("Say why, for yourself and whoever looks after this person next."), Length(max=500)],
    )
