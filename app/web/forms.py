"""The form that has an effect: CSRF token, idempotency key, and one way to show what the rules refused."""

import secrets

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField
from wtforms.validators import Length

from app.kernel.errors import DomainError


def new_key() -> str:
    """A fresh idempotency key for a form about to be shown."""
    return secrets.token_urlsafe(18)


class EffectForm(FlaskForm):  # type: ignore[misc]
    """Base of every form that changes something. A second click carries the same key and is the first one again."""

    idempotency_key = HiddenField(
        default=new_key,
        validators=[Length(min=8, max=120, message="This form lost its key. Reload the page and send it again.")],
    )

    def reject(self, error: DomainError) -> None:
        """Show the error beside its field, or above the form where it has none."""
        target = self._fields.get(error.field or "")
        if isinstance(target, Field):
            target.errors = [*target.errors, error.sentence]
        else:
            self.form_errors.append(error.sentence)


class ActionForm(EffectForm):
    """A form that is one button."""
