"""What the vendor's compliance people do: record, judge, open, propose, review, meet, determine."""

from datetime import date, datetime

from playwright.sync_api import Locator

from tests.journeys.visitor import Visitor


def record_infraction(
    analyst: Visitor, partner: str, *, program: str, kind: str, rule: str, occurred_on: date, found_on: date, words: str
) -> None:
    analyst.goes_to("Infractions").follows("Record an infraction")
    analyst.writes("Partner", partner).picks("Program", program).picks("What kind of rule was broken", kind)
    analyst.writes("Rule", rule).chooses("Serious")
    analyst.writes("Day on which it happened", occurred_on.isoformat())
    analyst.writes("Day on which it was found", found_on.isoformat())
    analyst.picks("How it was found", "Claims review").writes("What happened, in words for the partner", words)
    analyst.presses("Record infraction")
    analyst.reads("It counts once a second person has substantiated it.", words)


def substantiate(judge: Visitor, number: str, *, because: str) -> None:
    """Judge an infraction of the list, by its name there."""
    judge.goes_to("Infractions").follows(number)
    judge.chooses("Substantiated").writes("What you base this on", because).presses("Record my finding")
    judge.reads("Your finding is recorded.", because)


def open_suggested_case(analyst: Visitor, partner: str) -> str:
    """Open the case that the portal suggests; its number."""
    analyst.goes_to("Infractions")
    analyst.reads("That is enough for a remediation case.")
    analyst.follows(f"Open a case for {partner}")
    analyst.writes("Why the case is opened now", "Three substantiated infractions within the window.")
    analyst.presses("Open the case")
    assert analyst.heading.startswith("Remediation case RC-")
    return analyst.heading.removeprefix("Remediation case ")


def goes_to_case(visitor: Visitor, number: str) -> Visitor:
    return visitor.goes_to("Cases").follows(number)


def propose_notice(analyst: Visitor, number: str) -> None:
    """With the words that the form offers."""
    goes_to_case(analyst, number).follows("Write the notice", within=next_steps(analyst))
    analyst.writes("Why you propose it", "Three substantiated infractions within 24 months.")
    analyst.presses("Propose the notice")
    analyst.reads("The notice is proposed.", "The notice waits for its approver")


def propose_plan(analyst: Visitor, number: str) -> None:
    """The template for what was broken, as it is."""
    goes_to_case(analyst, number).follows("Propose a plan", within=next_steps(analyst))
    analyst.writes("Why you propose it", "The template for these infractions, read through.")
    analyst.presses("Propose the plan")
    analyst.reads("The plan waits for its approver")


def propose_hold(analyst: Visitor, number: str, *, program: str) -> None:
    goes_to_case(analyst, number).follows("Propose a hold", within=next_steps(analyst))
    analyst.picks("Program", program)
    analyst.writes("Reason", "Payments of the program are withheld until the remediation is completed.")
    analyst.presses("Propose the hold")
    analyst.reads("Proposed: it withholds nothing yet")


def next_steps(visitor: Visitor) -> Locator:
    """The list under “What to do next” of a case."""
    return visitor.main.locator("h2:text-is('What to do next') + ul")


def review(reviewer: Visitor, number: str, step: str, *, accept: bool, because: str = "") -> None:
    """Evidence that waits, from the case's page: accepted, or returned with what has to be mended."""
    goes_to_case(reviewer, number).follows(f"Review: {step}", within=next_steps(reviewer))
    reviewer.chooses("Accept" if accept else "Return")
    if because:
        reviewer.writes("Exactly what has to be mended", because)
    reviewer.presses("Record my review")


def plan_meeting(analyst: Visitor, number: str, at: datetime) -> None:
    goes_to_case(analyst, number).follows("Plan the meeting", within=next_steps(analyst))
    analyst.writes("Agenda", "What went wrong; the new claims procedure; questions.").writes("Where", "Video call")
    analyst.writes("Day", at.date().isoformat()).writes("Time", at.strftime("%H:%M"))
    analyst.presses("Plan the meeting")


def write_minutes(analyst: Visitor, number: str, at: datetime) -> None:
    goes_to_case(analyst, number).follows("Write the minutes", within=next_steps(analyst))
    analyst.writes("Day on which it was held", at.date().isoformat()).writes("Time", at.strftime("%H:%M"))
    analyst.writes("Who took part", "Sam Okafor\nNora Keller, Halden Systems AG")
    analyst.writes("Minutes", "Halden presented its analysis and the procedure in force. We walked through two claims.")
    analyst.writes("Agreed next steps", "Send the archive index by month's end")
    analyst.presses("Send the minutes to the partner")


def propose_determination(analyst: Visitor, number: str) -> None:
    goes_to_case(analyst, number).follows("Propose the determination", within=next_steps(analyst))
    analyst.chooses("Completed")
    analyst.writes(
        "What you found, in words for the partner",
        "All steps of the plan were completed. The new procedure is in force and was shown at work on two claims.",
    )
    analyst.writes("Why you propose it", "Every step is accepted; the coverage is complete.")
    analyst.presses("Propose the determination")


def take_determination_back(analyst: Visitor, number: str, *, because: str) -> None:
    """A proposal about what has changed since: the home page says what to do with it."""
    analyst.follows(f"Take the outdated determination of {number} back")
    analyst.reads("The evidence has changed since")
    analyst.writes("Reason", because).presses("Take the proposal back")
    analyst.reads("The proposal is taken back.")


def propose_revocation(analyst: Visitor, number: str, *, because: str) -> None:
    """Of a case's program completion certificate."""
    analyst.goes_to("Certificates").follows(f"Certificate of Program Completion, {number}")
    analyst.writes("Why it should be revoked", because).presses("Propose the revocation")
    analyst.reads("The certificate stays valid until a second person approves it.")


def conclude_review(analyst: Visitor, number: str, *, finding: str) -> None:
    """From the home page, where it waits."""
    analyst.opens("/").opens_task(f"Review the determination of {number}", of="Waiting in the cases")
    analyst.reads("None of these amounts changed by the revocation.")
    analyst.chooses(finding).writes("Why", "The day was misprinted; what was signed for is what stands.")
    analyst.presses("Propose the conclusion")
    analyst.reads("Nothing follows until a second person approves it.")
