"""Shapes of verification, revocation and correction."""

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.web.forms import EffectForm


class NumberForm(EffectForm):
    number = StringField(
        "Certificate number",
        description="Sixteen letters and digits, as printed beside the QR code. Capitals, dashes and spaces don't matter.",
        validators=[InputRequired("Enter the number that is printed on the certificate."), Length(max=60)],
    )


class FileForm(EffectForm):
    document = FileField(
        "The PDF file",
        description="A PDF of up to 5 MB. It is checked and not kept.",
        validators=[FileRequired("Choose the PDF file to check.")],
    )


class RevocationForm(EffectForm):
    reason = TextAreaField(
        "Why it should be revoked", validators=[InputRequired("Say why it should be revoked."), Length(max=2000)]
    )


class CorrectionForm(EffectForm):
    # Stands on one page with the other form, so it has a name of its own.
    what_was_wrong = TextAreaField(
        "What was wrong", validators=[InputRequired("Say what was wrong."), Length(max=2000)]
    )
