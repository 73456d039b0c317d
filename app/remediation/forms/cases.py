"""Shapes of what staff enter about a case."""

from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.remediation.forms.infractions import REASON_LENGTH
from app.remediation.models import Mark
from app.web.forms import EffectForm


class Boxes(SelectMultipleField):  # type: ignore[misc]
    """A list of tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class MayBeEmpty(Optional):  # type: ignore[misc]
    """An empty field passes here although it may be wanted later: it is not marked as optional on the page."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, bool] = {}


class OpenCaseForm(EffectForm):
    program = SelectField(
        "Program of the case",
        description="The hold that may follow usually has the same program.",
        validators=[InputRequired("Choose the program.")],
    )
    infractions = Boxes(
        "Infractions that the case is about",
        validators=[InputRequired("Choose the infractions that the case is about.")],
    )
    reason = TextAreaField(
        "Why the case is opened now",
        description="Internal. The partner learns the grounds from the notice.",
        validators=[InputRequired("Say why the case is opened."), REASON_LENGTH],
    )


class NoteForm(EffectForm):
    text = TextAreaField(
        "Internal note",
        description="For compliance and auditors. It reaches no partner and no account representative.",
        validators=[
            InputRequired("Write the note first."),
            Length(max=8000, message="Keep it under 8,000 characters."),
        ],
    )


class MarkForm(EffectForm):
    mark = RadioField(
        "Mark",
        choices=[
            SelectChoice(Mark.ESCALATED.value, "Escalated: somebody senior follows this case"),
            SelectChoice(Mark.LEGAL_HOLD.value, "Legal hold: nothing about this case is thrown away"),
        ],
        validators=[InputRequired("Choose the mark.")],
    )
    reason = StringField("Why", validators=[InputRequired("Say why."), Length(max=500)])


class ReasonForm(EffectForm):
    """One reason and one act; the page names the act and who reads the reason."""

    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), REASON_LENGTH])


class ReturnForm(EffectForm):
    steps = Boxes("Steps to open again", validators=[InputRequired("Choose the steps to open again.")])
    reason = TextAreaField(
        "What has to be mended",
        description="One thing a line. The partner reads these words.",
        validators=[InputRequired("Say what has to be mended."), REASON_LENGTH],
    )
