"""Shapes of what finance and compliance enter about money."""

import re

from flask_wtf.file import FileField, FileRequired, FileSize
from wtforms import DateField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.incentives.rules.states import ImportMode
from app.kernel.errors import DomainError
from app.web.forms import EffectForm

_PERCENTAGE = re.compile(r"(?P<whole>[0-9]{1,3})(\.(?P<rest>[0-9]{1,2}))? ?%?")
LARGEST_DOCUMENT = 5 * 1024 * 1024
_REASON = Length(max=2000, message="Keep the reason under 2,000 characters.")


class EarningsFileForm(EffectForm):
    file = FileField(
        "Earnings file",
        description="CSV with a header line and control totals at the end, at most 15 MB. You see what it would do before anything is imported.",
        validators=[FileRequired("Choose a file.")],
    )


class ImportForm(EffectForm):
    """What becomes of a file that was looked at: all of it, its good lines, or nothing."""

    WITH_BAD_LINES = (
        SelectChoice(
            ImportMode.VALID_LINES.value,
            "Import the good lines",
            render_kw={"hint": "The bad ones are kept with their reasons, to be mended and sent again."},
        ),
        SelectChoice(
            "refuse",
            "Refuse the whole file",
            render_kw={"hint": "Nothing is imported. The history keeps the file and what was wrong with it."},
        ),
    )
    mode = RadioField(
        "What should become of this file?",
        choices=[*WITH_BAD_LINES, SelectChoice(ImportMode.ALL_OR_NOTHING.value, "Import all lines")],
        validators=[InputRequired("Choose what should become of this file.")],
    )

    def offer_choice(self) -> None:
        """Show what can be chosen where lines are bad."""
        self.mode.choices = list(self.WITH_BAD_LINES)


class AcknowledgementFileForm(EffectForm):
    file = FileField(
        "Acknowledgement file",
        description="CSV from the ERP with one line a payment, paid or returned, and control totals at the end.",
        validators=[FileRequired("Choose a file.")],
    )


class HoldForm(EffectForm):
    case = HiddenField(validators=[InputRequired("Open this page from a case.")])
    percentage = StringField(
        "Share to withhold, in percent",
        default="100",
        description="Of each earning, for example 100 or 82.5. Rounded down to whole cents.",
        validators=[InputRequired("Enter a share, for example 100.")],
    )
    program = SelectField("Program", coerce=str, validators=[Optional()])
    location = SelectField("Location", coerce=str, validators=[Optional()])
    earning_type = StringField(
        "Type of earning",
        description="As it stands in earnings files, for example rebate. Leave it empty for all types.",
        validators=[
            Optional(),
            Length(max=40),
            Regexp(r"[a-z][a-z0-9_-]*\Z", message="Use one word of small letters, as in earnings files."),
        ],
    )
    currency = StringField(
        "Currency",
        description="Three letters, for example EUR. Leave it empty for all currencies.",
        validators=[Optional(), Regexp(r"[A-Za-z]{3}\Z", message="Use three letters, for example EUR.")],
    )
    earned_from = DateField(
        "Earned from", description="Leave it empty to begin with the first earning.", validators=[Optional()]
    )
    earned_to = DateField(
        "Earned until",
        description="Leave it empty for an open end: the hold catches what arrives.",
        validators=[Optional()],
    )
    reason = TextAreaField(
        "Reason",
        description="For the approver and a later auditor. The partner reads the grounds in the notice, not here.",
        validators=[InputRequired("Say why, in a sentence."), _REASON],
    )

    def per_ten_thousand(self) -> int:
        """The share in parts of ten thousand; DomainError where it is no percentage with two decimals at most."""
        written = _PERCENTAGE.fullmatch((self.percentage.data or "").strip())
        share = int(written["whole"]) * 100 + int((written["rest"] or "").ljust(2, "0")) if written else 0
        if not 0 < share <= 10_000:
            raise DomainError(
                "Enter more than 0 and at most 100, with two decimals at most, for example 82.5.", field="percentage"
            )
        return share


class ReleaseForm(EffectForm):
    case = HiddenField(validators=[InputRequired("Open this page from a case.")])
    certificate = StringField(
        "Certificate number",
        description="The program completion certificate that unlocks the case: sixteen letters and digits.",
        validators=[InputRequired("Enter the number of the certificate that unlocks this case."), Length(max=60)],
    )
    document = FileField(
        "The PDF file, if the partner sent one",
        description="Compared with the file that was issued, byte for byte. Up to 5 MB; it is not kept.",
        validators=[FileSize(max_size=LARGEST_DOCUMENT, message="The file is larger than 5 MB; ours are far smaller.")],
    )
    reason = TextAreaField(
        "Reason",
        description="For the approver and a later auditor.",
        validators=[InputRequired("Say why, in a sentence."), _REASON],
    )


class WithdrawalForm(EffectForm):
    reason = TextAreaField("Why do you take it back?", validators=[InputRequired("Say why you take it back."), _REASON])
