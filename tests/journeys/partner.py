"""What the partner's people do: sign in, read the notice, keep the roster, hand in evidence, confirm, sign."""

from datetime import date

from tests.ground.world import PASSWORD
from tests.journeys.visitor import Visitor


def sign_in(somebody: Visitor, email: str, password: str = PASSWORD) -> None:
    """From the page that asks for it."""
    somebody.writes("E-mail address", email).writes("Password", password).presses("Sign in")


def choose_password(invited: Visitor, email: str, password: str = PASSWORD) -> None:
    """Out of the invitation, and in."""
    invited.writes("New password", password).writes("The same password again", password).presses("Set password")
    invited.reads("Your password is set.")
    sign_in(invited, email, password)


def add_to_roster(contact: Visitor, name: str, email: str, *, does: str = "Sales") -> None:
    contact.goes_to("Roster").follows("Add a person")
    contact.writes("Full name", name).writes("Work e-mail address", email).picks("What they do", does)
    contact.presses("Add to roster")
    contact.reads(f"{name} is on the roster.")


def goes_to_step(somebody: Visitor, title: str) -> Visitor:
    """A step of the partner's one case, from its list of tasks; `title` begins with the step's number."""
    return goes_to_case(somebody).opens_task(title)


def goes_to_case(somebody: Visitor) -> Visitor:
    """The partner's one case."""
    return somebody.goes_to("Our case")


def hand_in(
    contact: Visitor, step: str, *, statement: str = "", files: tuple[tuple[str, bytes], ...] = (), since: date
) -> None:
    goes_to_step(contact, step)
    if statement:
        contact.writes("What you want to say", statement)
    if files:
        contact.attaches("Files", *files)
    contact.writes("In force since", since.isoformat()).presses("Send evidence")
    contact.reads("is with us")


def confirm_minutes(contact: Visitor) -> None:
    """From the home page, where they wait."""
    contact.continues()
    contact.follows("Read and confirm the minutes").chooses("Yes, I confirm them").presses("Send my answer")


def sign_completion(executive: Visitor, password: str = PASSWORD) -> None:
    """From the home page, where the signature waits."""
    executive.continues()
    executive.reads("You sign for exactly this list; nobody can sign for you.")
    executive.writes("Your password", password).presses("Sign for the completion")


def take_off_roster(contact: Visitor, name: str) -> None:
    contact.goes_to("Roster").follows(f"Change {name}")
    contact.presses("Take off the roster")
    contact.reads("The person is off the roster.")
