import pytest

from app.kernel.clock import now
from app.learning.models import TrainingRecord
from app.notifications.worker import Worker
from app.outcomes.training import Outcomes
from tests.ground.loops import loop_set_aside
from tests.learning.conftest import catalogue, school
from tests.notifications.conftest import Postman

__all__ = ["catalogue", "school"]

UNPRINTABLE = "Zed \ue000"


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def worker(app, clock, postman):
    """A background worker; `worker.once()` does everything that is due."""

    class AtWork(Worker):
        def once(self):
            with loop_set_aside():
                return super().once()

    return AtWork(app.config["SETTINGS"], postman, app.app_context)


@pytest.fixture
def graduate(school, in_transaction):
    """`graduate(person)` passes the course and has earned a certificate, which the worker is to make; the record's id."""

    def pass_course(person) -> int:
        record_id = school.complete(person).id
        with in_transaction() as session:
            Outcomes().after_training(session, session.get_one(TrainingRecord, record_id).id, at=now())
        return record_id

    return pass_course
