"""Shapes of the forms about partners and their rosters."""

from wtforms import DateField, EmailField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional

from app.partners.models import RosterCategory
from app.web.forms import EffectForm

_DATE = "Enter a date as year-month-day, for example 2026-03-27."


class CoveredPersonForm(EffectForm):
    name = StringField("Full name", validators=[InputRequired("Enter the person's full name."), Length(max=200)])
    email = EmailField(
        "Work e-mail address",
        validators=[
            InputRequired("Enter the person's work e-mail address."),
            Length(max=254),
            Email("Enter an address in the form name@example.com.", check_deliverability=False),
        ],
    )
    category = SelectField(
        "What they do",
        choices=[SelectChoice(category.value, category.value.capitalize()) for category in RosterCategory],
        validators=[InputRequired("Choose what they do.")],
    )
    joined_on = DateField("In scope since", validators=[InputRequired(_DATE)])


class LeaveForm(EffectForm):
    leave_from = DateField("First day away", validators=[InputRequired(_DATE)])
    leave_until = DateField("Last day away, if known", validators=[Optional()])
    reason = StringField(
        "Kind of leave",
        description="For example parental leave. Give no medical details.",
        validators=[InputRequired("Say what kind of leave it is."), Length(max=200)],
    )


class DepartureForm(EffectForm):
    left_on = DateField("Last day in scope", validators=[InputRequired(_DATE)])


class LegalNameForm(EffectForm):
    legal_name = StringField(
        "Legal name",
        description="As the commercial register has it, with the legal form.",
        validators=[InputRequired("Enter the legal name."), Length(max=200)],
    )
    reason = TextAreaField(
        "Why it changes",
        description="For example: misspelt at enrollment; renamed in the register on 2 March 2026.",
        validators=[InputRequired("Say why it changes."), Length(max=1000)],
    )
