"""The story that must work: from the third infraction to released money, through the browser, by those who do it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from app.kernel.money import Money
from tests.ground.clock import StoppedClock
from tests.journeys import approver, auditor, compliance, finance, learner, partner, representative, stranger
from tests.journeys.cast import Cast
from tests.journeys.conftest import Visit
from tests.journeys.course import FIRST, QUIZ_TITLE, SECOND, TITLE
from tests.journeys.finance import Earned
from tests.journeys.post import Post, link_in

# The story goes through one browser after another: two of it at once would only wait for each other.
pytestmark = pytest.mark.xdist_group("journeys")

CLOUD, DEVICE = "Cloud incentives", "Device incentives"


@dataclass
class Tale:
    """What the chapters hand on to each other."""

    cast: Cast
    visit: Visit
    clock: StoppedClock
    post: Post
    case: str = ""
    certificate: str = ""


def test_from_the_third_infraction_to_released_money(cast: Cast, visit: Visit, clock: StoppedClock, post: Post) -> None:
    tale = Tale(cast, visit, clock, post)
    cast.open_the_portal()
    infractions_and_the_case(tale)
    notice_plan_and_hold(tale)
    the_contact_reads_and_acknowledges(tale)
    roster_courses_and_material(tale)
    learners_learn(tale)
    steps_are_done(tale)
    completion_is_signed_and_determined(tale)
    the_certificate_is_verified(tale)
    the_money_is_released(tale)
    the_key_is_taken_back(tale)
    the_auditor_reads(tale)


def infractions_and_the_case(tale: Tale) -> None:
    """1. Sam records, Jonas substantiates, the portal suggests, Sam opens."""
    cast, today = tale.cast, tale.clock.now.date()
    told = [
        (300, "Marketing funds", "Funds were claimed for an event with photographs of the event of the year before."),
        (200, "Deal registration", "A deal was registered with a customer contact who had never heard of it."),
        (45, "Marketing funds", "An invoice named a trade fair that had been cancelled."),
    ]
    for number, (days, kind, words) in enumerate(told, start=1):
        with tale.visit(cast.sam) as sam:
            compliance.record_infraction(
                sam,
                cast.halden.number,
                program=CLOUD,
                kind=kind,
                rule="Partner code of conduct 4.2",
                occurred_on=today - timedelta(days=days),
                found_on=today - timedelta(days=days - 10),
                words=words,
            )
            sam.reads("A second person judges this")
        with tale.visit(cast.jonas) as jonas:
            compliance.substantiate(jonas, f"Infraction {number}", because="The papers show it; the partner was heard.")
            if number < 3:
                jonas.reads("Too few for a case")
            else:
                jonas.reads("Enough for a remediation case")
    with tale.visit(cast.sam) as sam:
        tale.case = compliance.open_suggested_case(sam, cast.halden.legal_name)


def notice_plan_and_hold(tale: Tale) -> None:
    """2. Sam proposes all three, Priya approves all three; the hold catches what was imported and what comes later."""
    cast = tale.cast
    with tale.visit(cast.hana) as hana:
        finance.import_earnings(
            hana, "q4.csv", [earned(tale, "1", "CLOUD", 4_200_00), earned(tale, "2", "DEVICE", 700_00)]
        )
    with tale.visit(cast.sam) as sam:
        compliance.propose_notice(sam, tale.case)
        compliance.propose_plan(sam, tale.case)
        compliance.propose_hold(sam, tale.case, program=CLOUD)
    with tale.visit(cast.priya) as priya:
        for title in ("Notice", "Plan", "Hold"):
            approver.decide(priya, title)
    tale.clock.advance(days=1)
    with tale.visit(cast.hana) as hana:
        later = [earned(tale, "3", "CLOUD", 3_100_00), earned(tale, "4", "DEVICE", 800_00)]
        finance.import_earnings(hana, "january.csv", later, caught="3,100.00")


def the_contact_reads_and_acknowledges(tale: Tale) -> None:
    """3. Nora follows the mail, signs in, reads why, what, by when, what is withheld, whom to ask; then she has one list and one next step."""
    cast = tale.cast
    tale.post.goes_round()
    mail = tale.post.newest(cast.nora.email, "notice")
    with tale.visit(at=link_in(mail)) as nora:
        partner.sign_in(nora, cast.nora.email)
        nora.reads(
            "Why you get this notice",
            "An invoice named a trade fair that had been cancelled.",
            "What you have to do, and by when",
            "What is withheld, and what can follow",
            "€7,300.00",
            "How to appeal",
            "Ines Carvalho, your account representative",
        )
        nora.presses("I have read this notice")
        nora.reads("Thank you. We have noted that you have read the notice.", "0 of 6 steps done")
        assert nora.heading == "Your steps"
        assert nora.main.locator(".button-primary").count() == 1
        nora.continues()
        assert nora.heading == "Read what we expect of partners"
        nora.goes_to("Our incentives")
        assert finance.amounts(nora, CLOUD)["Held"] == "€7,300.00"
        assert finance.amounts(nora, DEVICE)["Free"] == "€1,500.00"
        nora.goes_to("Home").reads("is withheld", "Your next step")


def roster_courses_and_material(tale: Tale) -> None:
    """4. Nora keeps the roster: Grace has an account, Ada gets an invitation. Ines assigns the courses and grants the material."""
    cast = tale.cast
    with tale.visit(cast.nora) as nora:
        partner.add_to_roster(nora, "Grace Huber", cast.grace.email, does="Marketing")
        partner.add_to_roster(nora, "Ada Meier", ADA)
    with tale.visit(cast.ines) as ines:
        representative.assign_courses_of(ines, tale.case, "Train everybody in scope")
        ines.reads("0 of 2")
        representative.grant_material(ines, cast.halden.legal_name, "What to expect from a remediation program")
        ines.reads("Since")


def learners_learn(tale: Tale) -> None:
    """5. Ada comes by the invitation, reads, leaves, resumes, fails once, passes, signs. Grace takes hers in one sitting."""
    cast = tale.cast
    tale.post.goes_round()
    with tale.visit(at=link_in(tale.post.newest(ADA, "invit"))) as ada:
        partner.choose_password(ada, ADA)
        learner.confirm_material(ada, "What to expect from a remediation program")
        learner.start_course(ada, TITLE)
        assert ada.heading == FIRST
        learner.read_on(ada, SECOND)
    tale.clock.advance(hours=5)
    with tale.visit() as ada:
        partner.sign_in(ada, ADA)
        ada.reads(f"1 of 4 done, next: {SECOND}")
        ada.continues()
        assert ada.heading == SECOND
        learner.read_on(ada, QUIZ_TITLE)
        learner.take_quiz(ada, learner.WRONG)
        assert ada.heading == "Not passed yet: 0 %"
        ada.reads("2 attempts are left", "The right answers are shown once you pass.")
        ada.does_not_read("took place")
        ada.continues()
        assert ada.heading == FIRST
        ada.goes_to("My training").continues()
        learner.take_quiz(ada, learner.RIGHT, button="Try again")
        assert ada.heading == "You passed: 100 %"
        learner.attest(ada, "I claim only what took place.", "I keep the proof of it.")
        ada.reads("Ada Meier")
    with tale.visit(cast.grace) as grace:
        learner.confirm_material(grace, "What to expect from a remediation program")
        learner.start_course(grace, TITLE)
        learner.read_on(grace, SECOND)
        learner.read_on(grace, QUIZ_TITLE)
        learner.take_quiz(grace, learner.RIGHT)
        learner.attest(grace, "I claim only what took place.", "I keep the proof of it.")


def steps_are_done(tale: Tale) -> None:
    """6. Training has completed itself; evidence is returned once, then accepted; a meeting is held and confirmed."""
    cast, today = tale.cast, tale.clock.now.date()
    with tale.visit(cast.nora) as nora:
        partner.goes_to_case(nora).reads("2 of 6 steps done")
        partner.hand_in(nora, "2. Find out why it happened", statement=WHY, since=today)
        draft = ("procedure-draft.txt", b"DRAFT. Claims are checked by somebody.\r\n")
        partner.hand_in(nora, "4. Put a corrected procedure in force", files=(draft,), since=today)
    with tale.visit(cast.jonas) as jonas:
        compliance.review(jonas, tale.case, "Find out why it happened", accept=True)
        compliance.review(
            jonas,
            tale.case,
            "Put a corrected procedure in force",
            accept=False,
            because="It is a draft: name who checks.",
        )
    tale.clock.advance(days=2)
    with tale.visit(cast.nora) as nora:
        nora.continues().reads("Please mend this and send it again", "It is a draft: name who checks.")
        better = ("procedure-in-force.pdf", PDF)
        partner.hand_in(
            nora, "4. Put a corrected procedure in force", statement="In force.", files=(better,), since=today
        )
    with tale.visit(cast.jonas) as jonas:
        compliance.review(jonas, tale.case, "Put a corrected procedure in force", accept=True)
    with tale.visit(cast.sam) as sam:
        compliance.plan_meeting(sam, tale.case, tale.clock.now + timedelta(days=1))
    tale.post.goes_round()
    assert tale.post.newest(cast.nora.email, "meeting")
    tale.clock.advance(days=1, hours=2)
    with tale.visit(cast.sam) as sam:
        compliance.write_minutes(sam, tale.case, tale.clock.now - timedelta(hours=2))
    with tale.visit(cast.nora) as nora:
        partner.confirm_minutes(nora)
        partner.goes_to_case(nora).reads("5 of 6 steps done")
        assert nora.heading == "One signature is left"


def completion_is_signed_and_determined(tale: Tale) -> None:
    """7. Eva signs, Sam proposes, Sam can't approve, what changed since blocks Priya; signed and proposed again, she approves."""
    cast = tale.cast
    with tale.visit(cast.eva) as eva:
        partner.sign_completion(eva)
        eva.reads("You have signed.", "6 of 6 steps done")
    with tale.visit(cast.sam) as sam:
        compliance.propose_determination(sam, tale.case)
        sam.follows("The determination waits for its approver", within=compliance.next_steps(sam))
        approver.cannot_decide(sam, "Waiting for a decision")
    with tale.visit(cast.nora) as nora:
        partner.take_off_roster(nora, "Grace Huber")
    with tale.visit(cast.priya) as priya:
        approver.decide(priya, "Determination")
        priya.reads("has changed")
        assert priya.fact("State") == "Proposed"
    with tale.visit(cast.eva) as eva:
        partner.sign_completion(eva)
    with tale.visit(cast.sam) as sam:
        compliance.take_determination_back(sam, tale.case, because="The roster has changed; it was signed anew.")
        compliance.propose_determination(sam, tale.case)
    with tale.visit(cast.priya) as priya:
        approver.decide(priya, "Determination")
        priya.reads("Approved. What follows is done.")


def the_certificate_is_verified(tale: Tale) -> None:
    """8. Nora downloads the certificate; somebody without an account finds it valid, by its number and by its file."""
    cast = tale.cast
    tale.post.goes_round()
    with tale.visit(cast.nora) as nora:
        partner.goes_to_case(nora).reads("You have completed the program.")
        nora.follows("Our certificate").follows(f"Certificate of Program Completion, {tale.case}")
        tale.certificate = nora.heading.removeprefix("Certificate ")
        pdf = nora.downloads("Download the PDF")
        assert pdf.startswith(b"%PDF-")
    with tale.visit() as stranger_:
        stranger.check_number(stranger_, tale.certificate)
        stranger_.reads("Valid", "Halden Systems AG", tale.case)
        stranger.check_file(stranger_, pdf)
        stranger_.reads("Genuine and valid")
        stranger.check_file(stranger_.follows(f"See certificate {tale.certificate} and compare"), pdf + b" ")
        stranger_.reads("Altered: do not rely on this file")


def the_money_is_released(tale: Tale) -> None:
    """9. Hana proposes, Priya can't approve, Luis does; the file leaves, the answer comes. Felix sees each stage when it is reached."""
    cast = tale.cast
    felix_sees(tale, Releasable="€7,300.00")
    with tale.visit(cast.hana) as hana:
        order = finance.propose_release(hana, tale.case)
        hana.follows("See the decision, and who may make it")
        approver.cannot_decide(hana, "Waiting for a decision")
    with tale.visit(cast.priya) as priya:
        priya.goes_to("Decisions").does_not_read(order)
        finance.goes_to_order(priya, order).follows("See the decision")
        approver.cannot_decide(priya, "This needs a second person")
    felix_sees(tale, Releasable="€7,300.00")
    with tale.visit(cast.luis) as luis:
        approver.decide(luis, "Release order")
    felix_sees(tale, Ordered="€7,300.00")
    tale.clock.advance(days=1)
    with tale.visit(cast.hana) as hana:
        file = finance.export(hana, order)
        assert sum(Decimal(line["amount"]) for line in finance.lines_of(file)) == Decimal("7300.00")
    felix_sees(tale, Ordered="€7,300.00")
    tale.clock.advance(days=3)
    with tale.visit(cast.hana) as hana:
        finance.acknowledge(hana, file, tale.clock.now.date())
    felix_sees(tale, **{"Paid after release": "€7,300.00"})


def the_key_is_taken_back(tale: Tale) -> None:
    """10. The certificate is revoked by two people after the money has left: none moves back, and a review certifies anew."""
    cast = tale.cast
    with tale.visit(cast.sam) as sam:
        compliance.propose_revocation(sam, tale.case, because="The attestation was signed on the wrong day.")
    with tale.visit(cast.priya) as priya:
        approver.decide(priya, "Certificate revocation")
        priya.reads("Approved. What follows is done.")
    with tale.visit() as stranger_:
        stranger.check_number(stranger_, tale.certificate)
        stranger_.reads("Revoked on")
        stranger_.does_not_read("wrong day")
    felix_sees(tale, **{"Paid after release": "€7,300.00"})
    with tale.visit(cast.sam) as sam:
        compliance.conclude_review(sam, tale.case, finding="The determination stands")
    with tale.visit(cast.priya) as priya:
        approver.decide(priya, "Review of a determination")
        priya.reads("Approved. What follows is done.")
    tale.post.goes_round()
    with tale.visit(cast.nora) as nora:
        partner.goes_to_case(nora).follows("Our certificate")
        assert nora.row("Valid").inner_text() != nora.row("Revoked").inner_text()


def felix_sees(tale: Tale, **expected: str) -> None:
    """The partner's statement: all that was withheld of CLOUD stands in one column and nowhere else; DEVICE is free."""
    with tale.visit(tale.cast.felix) as felix:
        felix.goes_to("Our incentives")
        row = finance.amounts(felix, CLOUD)
        where = {
            name: row[name] for name in ("Held", "Releasable", "Ordered", "Paid after release") if row[name] != "€0.00"
        }
        assert where == expected
        assert finance.amounts(felix, DEVICE)["Free"] == "€1,500.00"


def the_auditor_reads(tale: Tale) -> None:
    """11. Oskar finds every step with who took it, and the refusals; the chain verifies."""
    with tale.visit(tale.cast.oskar) as oskar:
        done = auditor.reads_trail(oskar, tale.case, result="Done")
        refused = auditor.reads_trail(oskar, tale.case, result="Refused")
        assert auditor.missing(done, *DONE) == []
        assert auditor.missing(refused, *REFUSED) == []
        auditor.verifies_chain(oskar)


def earned(tale: Tale, reference: str, program: str, minor: int) -> Earned:
    on = tale.clock.now.date() - timedelta(days=3)
    number = tale.cast.halden.number
    return Earned(f"{number}-{reference}", number, program, "rebate", on, Money(minor, "EUR"), "", f"{program} rebate")


ADA = "ada@halden.example"
WHY = "Nobody compared the proof with the claim. From now on a second person does, before a claim is sent."
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)
DONE = (
    ("Sam Okafor", "Recorded an infraction"),
    ("Jonas Weber", "Substantiated an infraction"),
    ("Sam Okafor", "Opened a remediation case"),
    ("Sam Okafor", "Put a notice to a second person"),
    ("Sam Okafor", "Proposed a hold"),
    ("Priya Raman", "Had a notice served"),
    ("Priya Raman", "Accepted a plan"),
    ("Priya Raman", "Put a hold in force"),
    ("Nora Keller", "Acknowledged a notice"),
    ("Ines Carvalho", "Assigned a course"),
    ("Grace Huber", "Earned a training record"),
    ("Nora Keller", "Sent evidence"),
    ("Jonas Weber", "Returned evidence"),
    ("Jonas Weber", "Accepted evidence"),
    ("Sam Okafor", "Planned a meeting"),
    ("Sam Okafor", "Wrote the minutes of a meeting"),
    ("Nora Keller", "Confirmed minutes"),
    ("Eva Brunner", "Signed the completion attestation"),
    ("Sam Okafor", "Took a determination back"),
    ("Priya Raman", "Made a determination"),
    ("Priya Raman", "Issued a certificate"),
    ("Hana Mori", "Proposed a release order"),
    ("Luis Herrera", "Approved a release order"),
    ("Hana Mori", "Exported a release order for payment"),
    ("Hana Mori", "Noted what became of payments"),
)
REFUSED = (
    ("Sam Okafor", "Your role does not allow this. It takes: Compliance approver."),
    ("Hana Mori", "Your role does not allow this. It takes: Finance approver."),
    ("Priya Raman", "What was proposed has changed since."),
    ("Priya Raman", "This needs a second person: you approved the determination."),
)
