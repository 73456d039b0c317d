"""The shape of a decision."""

from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

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
