"""The shape of a decision."""

from datetime import date

from wtforms import DateField, Field, Form, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.web.forms import EffectForm


class DecisionForm(EffectForm):
    outcome = RadioField(
        "Your decision",
        choices=[SelectChoice("approve", "Approve what is shown"), SelectChoice("reject", "Reject it, with a reason")],
        validators=[InputRequired("Choose whether you approve or reject.")],
    )
    reason = TextAreaField(
        "Reason",
        description="Needed when you reject. It is kept for ever and read by the person who proposed this.",
        validators=[Length(max=2000, message="Keep the reason under 2,000 characters.")],
    )


def _within_living_memory(_form: Form, field: Field) -> None:
    """A day that a calendar of ours can count with."""
    if field.data is not None and not date(2000, 1, 1) <= field.data <= date(2999, 12, 31):
        raise ValidationError("Enter a day between 2000 and 2999.")


class BundleForm(EffectForm):
    """What somebody wants the certificates of; everything may be left open."""

    partner = StringField("Partner", validators=[Optional(), Length(max=20)])
    course = StringField("Course", validators=[Optional(), Length(max=200)])
    issued_from = DateField("Issued from", validators=[Optional(), _within_living_memory])
    issued_until = DateField("Issued until", validators=[Optional(), _within_living_memory])
