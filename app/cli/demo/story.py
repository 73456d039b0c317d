"""The whole story: from the third infraction to released money, and the demo world in which each company stands at another point of it."""

from datetime import datetime, timedelta

from app.cli.demo.acts import Acts
from app.cli.demo.cast import AWAITING, CLEAN, COMPANIES, IN_REMEDIATION, REFERRED, RELEASABLE, TRAINING_ONLY, Company
from app.cli.demo.founding import found_company, found_vendor, publish_courses, read_courses
from app.cli.demo.stage import Stage
from app.remediation import services as remediation
from app.remediation.models import CaseState

EARLIER, LATER = (4200, 1850, 960), (3100, 2240)


def play(stage: Stage, start: datetime) -> Acts:
    """Every act of the story for one company, over some eleven weeks that end today."""
    prepared = read_courses(*stage.settings.course_roots)
    with stage.day(start, 0):
        found_vendor(stage)
        found_company(stage, IN_REMEDIATION)
        publish_courses(stage, prepared)
    acts = Acts(stage, IN_REMEDIATION)
    with stage.day(start, 1):
        acts.earn("Q1", EARLIER)
        acts.earn("Q1", (1500, 700), program="DEVICE", description="Device bonus")
        acts.infractions()
        acts.open_case()
    into_work(stage, acts, start, first_day=3)
    complete(stage, acts, start, first_day=20, fails_first=True)
    newcomer = (IN_REMEDIATION.contact,)
    with stage.day(start, 64):
        acts.outdate()
        acts.assign()
        acts.read_material(newcomer)
        acts.learn(newcomer)
    with stage.day(start, 65):
        acts.sign_completion()
        acts.propose_determination()
    with stage.day(start, 66):
        acts.determine()
        acts.verify()
    with stage.day(start, 70):
        acts.propose_release()
        acts.release()
    with stage.day(start, 71):
        acts.export()
    with stage.day(start, 75):
        acts.pay()
    return acts


def into_work(stage: Stage, acts: Acts, start: datetime, *, first_day: int) -> None:
    """From the proposals to the assigned courses."""
    with stage.day(start, first_day):
        acts.propose()
    with stage.day(start, first_day + 1):
        acts.approve_proposals()
    with stage.day(start, first_day + 2):
        acts.earn("Q2", LATER)
        acts.earn("Q2", (800,), program="DEVICE", description="Device bonus")
    with stage.day(start, first_day + 4):
        acts.acknowledge()
        acts.roster()
    with stage.day(start, first_day + 5):
        acts.assign()


def complete(stage: Stage, acts: Acts, start: datetime, *, first_day: int, fails_first: bool = False) -> None:
    """From the first lesson to the proposed determination."""
    with stage.day(start, first_day):
        acts.read_material()
    with stage.day(start, first_day + 5):
        acts.learn(fails_first=acts.company.learners[0] if fails_first else None)
    with stage.day(start, first_day + 20):
        acts.evidence()
    with stage.day(start, first_day + 30):
        acts.meet()
    with stage.day(start, first_day + 40):
        acts.sign_completion()
    with stage.day(start, first_day + 43):
        acts.propose_determination()


def furnish(stage: Stage, today: datetime) -> None:
    """The demo world: six companies, each at another point, in every currency kind. Dates end today."""
    start = today - timedelta(days=80)
    prepared = read_courses(*stage.settings.course_roots)
    with stage.day(start, 0, hour=7):
        found_vendor(stage)
        for company in COMPANIES:
            found_company(stage, company)
        publish_courses(stage, prepared)
    _clean(stage, start)
    _training_only(stage, start)
    _in_remediation(stage, start)
    _awaiting(stage, start)
    _releasable(stage, start)
    _referred(stage, start)


def _acts(stage: Stage, company: Company, start: datetime, day: int, *, infractions: int = 3) -> Acts:
    acts = Acts(stage, company)
    with stage.day(start, day):
        acts.earn("Q1", EARLIER)
        acts.earn("Q1", (1500, 700), program="DEVICE", description="Device bonus")
        if infractions:
            acts.infractions(infractions)
        if infractions >= 3:
            acts.open_case()
    return acts


def _clean(stage: Stage, start: datetime) -> None:
    _acts(stage, CLEAN, start, 1, infractions=0)


def _training_only(stage: Stage, start: datetime) -> None:
    acts = _acts(stage, TRAINING_ONLY, start, 1, infractions=1)
    with stage.day(start, 70):
        acts.assign_single()
    with stage.day(start, 76):
        acts.learn(TRAINING_ONLY.learners[:1])


def _in_remediation(stage: Stage, start: datetime) -> None:
    acts = _acts(stage, IN_REMEDIATION, start, 50)
    into_work(stage, acts, start, first_day=52)
    with stage.day(start, 66):
        acts.read_material()
        acts.learn(IN_REMEDIATION.learners[:2], fails_first=IN_REMEDIATION.learners[0])
    with stage.day(start, 75):
        acts.evidence()


def _awaiting(stage: Stage, start: datetime) -> None:
    acts = _acts(stage, AWAITING, start, 2)
    into_work(stage, acts, start, first_day=4)
    complete(stage, acts, start, first_day=22)


def _releasable(stage: Stage, start: datetime) -> None:
    acts = _acts(stage, RELEASABLE, start, 1)
    into_work(stage, acts, start, first_day=3)
    complete(stage, acts, start, first_day=20)
    with stage.day(start, 70):
        acts.determine()


def _referred(stage: Stage, start: datetime) -> None:
    acts = _acts(stage, REFERRED, start, 1)
    into_work(stage, acts, start, first_day=3)
    with stage.day(start, 76):
        with stage.act(stage.staff("analyst"), "proposes to refer the case: nothing was handed in for ten weeks") as (
            session,
            by,
            at,
        ):
            remediation.propose_referral(
                session,
                acts.case_of(session),
                CaseState.REFERRED,
                words_to_partner="For ten weeks no step of the plan was begun, and our messages were not answered. The case is referred for a decision about the partnership. Write to us if something kept you from taking part.",
                reason="No step begun by day 70; three reminders and a call without an answer.",
                by=by,
                at=at,
            )
        acts.refer()
