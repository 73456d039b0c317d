"""Shapes of what learners and representatives send. Answers to questions have the shape that their question gives them."""

from wtforms import (
    DateField,
    FileField,
    HiddenField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

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


class CorrectionForm(EffectForm):
    """What a training record should say. The fields begin with what it says."""

    person_name = StringField(
        "Name",
        description="As it should have read on that day; a later change of name is no mistake.",
        validators=[InputRequired("Enter the name as it should read."), Length(max=200)],
    )
    passed_on = DateField("Completed on", validators=[InputRequired(_DATE)])
    valid_until = DateField("Valid until", description="Empty: it does not lapse.", validators=[Optional()])
    reason = TextAreaField(
        "What was wrong",
        description="One or two sentences. They are kept with the new record, and its holder reads them.",
        validators=[
            InputRequired("Say what was wrong, in a sentence that a later auditor will read."),
            Length(max=1000),
        ],
    )


class EquivalentForm(EffectForm):
    """Training that somebody did elsewhere, with its evidence."""

    title = StringField(
        "Title of the training",
        description="As the evidence has it.",
        validators=[InputRequired("Enter the title as the evidence has it."), Length(max=200)],
    )
    provider = StringField(
        "Who gave it", validators=[InputRequired("Enter the name of the school or company."), Length(max=200)]
    )
    completed_on = DateField("Completed on", validators=[InputRequired(_DATE)])
    valid_until = DateField(
        "Valid until", description="The last day on which it counts. Empty: it does not lapse.", validators=[Optional()]
    )
    files = FileField("Evidence")
    reason = TextAreaField(
        "Why it is worth the same",
        description="What it covers of the course, in a sentence or two. The approver reads it.",
        validators=[InputRequired("Say why it is worth the same as the course."), Length(max=1000)],
    )


class RegradeForm(EffectForm):
    """The confirmation of a regrade that was looked at; what it is about comes along unseen."""

    question = HiddenField()
    rule = HiddenField()
    key_version = HiddenField()
    reason = TextAreaField(
        "What is wrong with the key",
        description="The approver, later auditors and the learners whose marks change read it.",
        validators=[InputRequired("Say what is wrong with the key."), Length(max=1000)],
    )
