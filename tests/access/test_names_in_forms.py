"""What a form names is judged like what an address names: nothing of another partner, or of another case, comes in through a field."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import Person
from app.courses.models import Course
from app.learning.models import Assignment
from app.partners.models import Partner
from app.remediation.models import (
    EvidenceFile,
    EvidenceRevision,
    Infraction,
    PlanStep,
    RemediationCase,
    StepKind,
    StepState,
)
from app.transactions import reading
from tests.architecture.routes.matrix import plain_client
from tests.ground.furnished import Furnished

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]


def _all(furnished: Furnished, statement):
    with furnished.app.app_context():
        return list(reading().scalars(statement))


def _count(furnished: Furnished, model) -> int:
    with furnished.app.app_context():
        return reading().scalar(select(func.count()).select_from(model)) or 0


def test_a_representative_assigns_nothing_to_another_partners_people(furnished: Furnished) -> None:
    theirs = furnished.people["haruto@sakura.example"]
    courses = _all(furnished, select(Course.slug))
    before = _count(furnished, Assignment)
    answer = furnished.client("ines@aldermoor.example").post(
        "/partners/P-1003/assignments",
        data={"courses": courses, "people": [theirs], "due_on": "2026-05-01", "idempotency_key": "k" * 20},
    )
    assert answer.status_code == 422
    assert _count(furnished, Assignment) == before


def test_evidence_of_another_case_is_not_kept_in_ones_own(furnished: Furnished) -> None:
    step = select(PlanStep.id).join(RemediationCase, RemediationCase.id == PlanStep.case_id).join(Partner)
    own = _all(furnished, step.where(Partner.number == "P-1003", PlanStep.kind == StepKind.CORRECTIVE_ACTION))[0]
    foreign = _all(
        furnished,
        select(EvidenceFile.id)
        .join(EvidenceRevision, EvidenceRevision.id == EvidenceFile.revision_id)
        .where(EvidenceRevision.step_id.in_(step.where(Partner.number == "P-1004"))),
    )
    number = _all(furnished, select(RemediationCase.number).join(Partner).where(Partner.number == "P-1003"))[0]
    assert foreign
    before = _count(furnished, EvidenceFile)
    answer = furnished.client("anke@kestrel.example").post(
        f"/cases/{number}/steps/{own}/evidence",
        data={"statement": "Ours.", "effective_on": "2026-03-01", "keep": foreign[:1], "idempotency_key": "k" * 20},
    )
    assert answer.status_code == 422
    assert _count(furnished, EvidenceFile) == before


def test_a_case_is_not_opened_with_another_partners_infractions(furnished: Furnished) -> None:
    foreign = _all(furnished, select(Infraction.id).join(Partner).where(Partner.number == "P-1004"))
    before = _count(furnished, RemediationCase)
    answer = plain_client(furnished.app, furnished.people["sam@aldermoor.example"]).post(
        "/cases",
        data={
            "partner": "P-1001",
            "program": "CLOUD",
            "infractions": foreign,
            "reason": "x",
            "idempotency_key": "k" * 20,
        },
    )
    assert answer.status_code == 422
    assert _count(furnished, RemediationCase) == before


def test_steps_of_another_case_are_not_reopened(furnished: Furnished) -> None:
    step = select(PlanStep).join(RemediationCase, RemediationCase.id == PlanStep.case_id).join(Partner)
    foreign = _all(furnished, step.where(Partner.number == "P-1004", PlanStep.state == StepState.ACCEPTED))
    number = _all(furnished, select(RemediationCase.number).join(Partner).where(Partner.number == "P-1003"))[0]
    assert foreign
    answer = furnished.client("sam@aldermoor.example").post(
        f"/cases/{number}/returns",
        data={"steps": [foreign[0].id], "reason": "Mend it.", "idempotency_key": "k" * 20},
    )
    assert answer.status_code == 422
    after = _all(furnished, select(PlanStep.state).where(PlanStep.id == foreign[0].id))
    assert after == [StepState.ACCEPTED]


def test_a_person_of_another_partner_is_not_brought_onto_the_roster(furnished: Furnished) -> None:
    """Their address is taken; nobody learns whose it is, and they stay where they are."""
    answer = furnished.client("anke@kestrel.example").post(
        "/roster/people",
        data={
            "name": "Somebody",
            "email": "haruto@sakura.example",
            "category": "sales",
            "joined_on": "2026-03-01",
            "idempotency_key": "k" * 20,
        },
    )
    assert answer.status_code in (409, 422)
    assert "Sakura" not in answer.text
    assert "Haruto" not in answer.text
    stays = _all(
        furnished,
        select(Partner.number)
        .join(Person, Person.partner_id == Partner.id)
        .where(Person.email == "haruto@sakura.example"),
    )
    assert stays == ["P-1004"]
