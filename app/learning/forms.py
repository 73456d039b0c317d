"""Shapes of what learners and representatives send. Answers to questions have the shape that their question gives them."""

from wtforms import DateField, PasswordField, RadioField, SelectChoice, SelectMultipleField, TextAreaField
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


class ExtensionForm(EffectForm):
    """Until when, and why."""

    until = DateField("New due date", validators=[InputRequired(_DATE)])
    reason = TextAreaField(
        "Why more time is needed",
        description="Who decides reads it.",
        validators=[InputRequired("Say why more time is needed, so that somebody can decide."), Length(max=1000)],
    )


class ExtensionAnswerForm(EffectForm):
    """Grant, until the day asked for or another one, or refuse with a reason."""

    outcome = RadioField(
        "Your answer",
        choices=[SelectChoice("grant", "Give more time"), SelectChoice("refuse", "Leave the due date as it is")],
        validators=[InputRequired("Choose whether you give more time.")],
    )
    until = DateField(
        "New due date",
        description="Needed to give more time. It may be another day than was asked for.",
        validators=[Optional()],
    )
    reply = TextAreaField(
        "What you say to them",
        description="Needed when the due date stays. They read it.",
        validators=[Length(max=1000, message="Keep it under 1,000 characters.")],
    )


class ConfirmationForm(EffectForm):
    """Confirm, or return with a comment."""

    outcome = RadioField(
        "Your decision",
        choices=[
            SelectChoice("confirm", "Confirm the completion"),
            SelectChoice("return", "Return it: the course has to be taken again"),
        ],
        validators=[InputRequired("Choose whether you confirm or return it.")],
    )
    comment = TextAreaField(
        "Comment",
        description="Needed when you return it. The learner reads it.",
        validators=[Length(max=2000, message="Keep the comment under 2,000 characters.")],
    )


class WaiverForm(EffectForm):
    """Until when somebody need not take a course, and why."""

    until = DateField(
        "Waived until",
        description="The last day of the waiver. After it the course is assigned again.",
        validators=[InputRequired(_DATE)],
    )
    reason = TextAreaField(
        "Why",
        description="The approver, the learner and a later auditor read it.",
        validators=[
            InputRequired("Say why, in a sentence that the approver and a later auditor will read."),
            Length(max=1000),
        ],
    )
