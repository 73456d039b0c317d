"""Shapes of sign-in, invitations and people."""

from wtforms import EmailField, HiddenField, PasswordField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import Email, InputRequired, Length

from app.access.policy import Role, Side
from app.web.forms import EffectForm


class SignInForm(EffectForm):
    email = EmailField("E-mail address", validators=[InputRequired("Enter your e-mail address."), Length(max=254)])
    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=256)])
    next = HiddenField()


class NewPasswordForm(EffectForm):
    password = PasswordField("New password", validators=[InputRequired("Enter a password.")])
    repeated = PasswordField("The same password again", validators=[InputRequired("Enter the password again.")])


class PersonForm(EffectForm):
    """A person of the vendor's staff, made by an administrator."""

    name = StringField("Full name", validators=[InputRequired("Enter the person's name."), Length(max=200)])
    email = EmailField(
        "E-mail address",
        validators=[
            InputRequired("Enter an e-mail address."),
            Length(max=254),
            Email("Enter an e-mail address in the form name@example.com.", check_deliverability=False),
        ],
    )
    roles = SelectMultipleField(
        "Roles",
        choices=[SelectChoice(role.value, role.label) for role in Role if role.side is Side.VENDOR],
        validators=[InputRequired("Choose at least one role.")],
    )
