"""Shapes of what learners and representatives send. Answers to questions have the shape that their question gives them."""

from collections.abc import Mapping

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from app.kernel.errors import DomainError
from app.learning.rules.batches import Due, Who
from app.partners.models import RosterCategory
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


class IfChosen(Optional):  # type: ignore[misc]
    """May be empty here; whether it must not be depends on another field, so its label does not call it optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, bool] = {}


class DueForm(EffectForm):
    """Which courses, and by when: as each course says, by a day, or so many days after the assigning."""

    courses = SelectMultipleField("Courses", choices=[], validators=[InputRequired("Choose at least one course.")])
    due = RadioField(
        "By when",
        choices=[
            SelectChoice("usual", "As each course says", render_kw={"hint": "Its usual time stands beside its name."}),
            SelectChoice("day", "By a day that you choose"),
            SelectChoice("days", "A number of days after you assign it"),
        ],
        validators=[InputRequired("Choose by when.")],
    )
    due_on = DateField(
        "Due on",
        description="They have until the end of that day, where they are. For example, 27 March 2026.",
        validators=[IfChosen()],
    )
    due_days = IntegerField(
        "Days", description="Counted from today in the time zone of each partner.", validators=[IfChosen()]
    )

    # Days that each course on offer usually takes, by its name; None where it does not say.
    usual_days: Mapping[str, int | None] = {}

    def said_due(self) -> Due:
        """What was chosen. DomainError where the choice lacks its day or number."""
        if self.due.data == "day":
            if self.due_on.data is None:
                raise DomainError(_DATE, field="due_on")
            return Due(on=self.due_on.data)
        if self.due.data == "days":
            if self.due_days.data is None:
                raise DomainError("Enter the number of days, for example 30.", field="due_days")
            return Due(days=self.due_days.data)
        return Due()


_CATEGORIES = [SelectChoice(one.value, one.value.capitalize()) for one in RosterCategory]


class AssignmentsForm(DueForm):
    """Which courses, to whom at one partner, until when. The choices are those of the partner; the view gives them."""

    who = RadioField(
        "Who",
        choices=[
            SelectChoice(Who.PEOPLE.value, "Chosen people of the roster"),
            SelectChoice(Who.CATEGORIES.value, "Whole categories of the roster"),
            SelectChoice(
                Who.EVERYBODY.value,
                "Everybody at the partner",
                render_kw={"hint": "Every open account, on the roster or not."},
            ),
        ],
        default=Who.PEOPLE.value,
        validators=[InputRequired("Choose who gets it.")],
    )
    people = SelectMultipleField("People", choices=[], coerce=int)
    emails = TextAreaField(
        "E-mail addresses", description="One a line. The roster is too long to tick.", validators=[Length(max=60_000)]
    )
    categories = SelectMultipleField("Categories", choices=_CATEGORIES)
    roster_length = 0


class CampaignForm(DueForm):
    """The same courses for many partners, with words that imply no fault."""

    title = StringField(
        "Name of the campaign",
        description="Its people read it. For example: Data protection 2026.",
        validators=[InputRequired("Give the campaign a name."), Length(max=120)],
    )
    wording = TextAreaField(
        "What its people read",
        description="In the portal and in the mail. Say why they get the course, without blame.",
        validators=[InputRequired("Say in a sentence why people get this course."), Length(max=1000)],
    )
    which = RadioField(
        "Partners",
        choices=[SelectChoice("all", "All my partners"), SelectChoice("chosen", "Chosen partners")],
        default="all",
        validators=[InputRequired("Choose which partners.")],
    )
    partners = SelectMultipleField("Which partners", choices=[])
    numbers = TextAreaField(
        "Partner numbers", description="Or paste them, one a line, for example P-9001.", validators=[Length(max=60_000)]
    )
    who = RadioField(
        "Who at these partners",
        choices=[
            SelectChoice(
                Who.EVERYBODY.value, "Everybody", render_kw={"hint": "Every open account, on a roster or not."}
            ),
            SelectChoice(Who.CATEGORIES.value, "Whole categories of the rosters"),
        ],
        default=Who.EVERYBODY.value,
        validators=[InputRequired("Choose who gets it.")],
    )
    categories = SelectMultipleField("Categories", choices=_CATEGORIES)


class AssignmentFileForm(EffectForm):
    file = FileField(
        "File of assignments",
        description="CSV, at most 2 MB and 5,000 lines. You see what it would do before anything is assigned.",
        validators=[FileRequired("Choose a file.")],
    )


class FileDecisionForm(EffectForm):
    """What becomes of a file that was looked at."""

    mode = RadioField(
        "What should become of this file?",
        choices=[
            SelectChoice(
                "valid_lines",
                "Assign the good lines",
                render_kw={"hint": "The others are kept with their reasons, to be mended and sent again."},
            ),
            SelectChoice(
                "all_or_nothing",
                "All lines or nothing",
                render_kw={"hint": "One line with an error, and nothing is assigned."},
            ),
        ],
        validators=[InputRequired("Choose what should become of this file.")],
    )


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
