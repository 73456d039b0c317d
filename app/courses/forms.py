"""Shapes of what people send about readiness materials."""

from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from app.web.forms import EffectForm


class MaterialForm(EffectForm):
    file = FileField("Document", description="A PDF, or a text in Markdown (.md).")
    title = StringField(
        "Title",
        description="What partners see in their list. A Markdown text brings its own in its first heading.",
        validators=[MayBeEmpty(), Length(max=300, message="A title may have 300 characters.")],
    )
    summary = TextAreaField(
        "Summary",
        description="One or two sentences: what it is about and whom it helps. Only for a PDF.",
        validators=[MayBeEmpty(), Length(max=280, message="A summary may have 280 characters.")],
    )
    slug = StringField(
        "Name in the portal",
        description="Letters, digits and hyphens, for example gifts-policy. The same name again replaces the text.",
        validators=[InputRequired("Name the material, for example gifts-policy."), Length(max=100)],
    )


class MaterialRequestForm(EffectForm):
    reason = TextAreaField(
        "What you need it for",
        description="One or two sentences help your representative to see what fits.",
        validators=[MayBeEmpty(), Length(max=1000, message="Write at most 1,000 characters.")],
    )


class RefusalForm(EffectForm):
    reason = TextAreaField(
        "Why not",
        description="The person who asked reads it. Say what would help instead.",
        validators=[
            InputRequired("Say why not, and what would help instead. The person who asked reads it."),
            Length(max=1000, message="Write at most 1,000 characters."),
        ],
    )
