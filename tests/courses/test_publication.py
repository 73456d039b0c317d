from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.access.policy import Role
from app.audit.models import AuditEvent
from app.courses import queries, services
from app.courses.models import Course, CourseMedia, CourseUnit, CourseVersion, UnitKind, VersionState
from app.courses.rules import check_places
from app.courses.rules.bundle import content_hash
from app.courses.rules.learn_module import import_learn
from app.courses.rules.preparation import prepare
from app.courses.rules.problems import CourseRefused
from app.courses.rules.quiz import Assessment
from app.decisions import queries as decision_queries
from app.decisions import services as decisions
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import ContentChanged, SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from tests.courses.catalogue import SLUG, folder
from tests.courses.samples import read_bundle

OWN = Path(__file__).parents[2] / "courses"
LEARN = Path(__file__).parents[3] / "shared" / "data" / "learn"


def test_a_published_version_is_what_new_registrations_take(catalogue, reading):
    version = catalogue.publish()
    with reading() as session:
        found = queries.current_version(session, SLUG)
        assert found.id == version.id
        assert found.state is VersionState.PUBLISHED
        assert (found.version, found.mastery_score, found.attempts_allowed) == ("1.0.0", 8000, 3)
        assert (found.valid_months, found.valid_days) == (12, None)
        assert [one.title for one in queries.catalogue(session)] == ["Handling customer data"]


def test_a_proposed_version_is_seen_by_no_learner_and_in_no_catalogue(catalogue, world, reading):
    catalogue.propose()
    with reading() as session:
        assert queries.catalogue(session) == []
        with pytest.raises(NotFound):
            queries.current_version(session, SLUG)
    sam = world.actor(world.analyst())
    with reading() as session, pytest.raises(NotFound):
        queries.load_course(session, SLUG, by=sam)


def test_an_author_cannot_publish_their_own_draft_even_as_an_approver(catalogue, world, in_transaction, reading):
    both = world.actor(world.person("Bo", Role.CONTENT_AUTHOR, Role.CONTENT_APPROVER))
    version = catalogue.propose(by=both)
    with pytest.raises(SamePerson):
        catalogue.decide(version, by=both)
    with pytest.raises(SamePerson), in_transaction() as session:
        services.publish(session, version.id, by=both, at=now())
    with pytest.raises(SamePerson), in_transaction() as session:
        services.reject(session, version.id, by=both, at=now())
    with reading() as session:
        assert queries.catalogue(session) == []
        refused = session.scalars(select(AuditEvent.action).where(AuditEvent.outcome == "refused")).all()
    assert sorted(refused) == ["decision.decided", "decision.decided", "decision.decided"]


def test_nobody_publishes_without_a_decision(catalogue, world, in_transaction):
    version = catalogue.propose()
    with pytest.raises(Refused, match="approving its publication"), in_transaction() as session:
        services.publish(session, version.id, by=catalogue.publisher, at=now())
    sam = world.actor(world.analyst())
    with pytest.raises(NotPermitted), in_transaction() as session:
        services.publish(session, version.id, by=sam, at=now())


def test_only_a_content_author_proposes(catalogue, world):
    with pytest.raises(NotPermitted):
        catalogue.propose(by=world.actor(world.approver()))
    with pytest.raises(NotPermitted):
        catalogue.propose(by=catalogue.publisher)


def test_the_database_itself_refuses_a_publisher_who_is_the_author(catalogue, in_transaction):
    version = catalogue.propose()
    with pytest.raises(DBAPIError), in_transaction() as session:
        session.execute(
            update(CourseVersion)
            .where(CourseVersion.id == version.id)
            .values(state=VersionState.PUBLISHED, published_by_id=version.proposed_by_id, published_at=now())
        )


def test_the_same_folder_twice_is_one_version(catalogue, reading):
    first = catalogue.propose()
    again = catalogue.propose()
    catalogue.decide(first)
    published = catalogue.propose()
    assert first.id == again.id == published.id
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(CourseVersion)) == 1
        assert session.scalar(select(func.count()).select_from(Course)) == 1
        assert len(decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, first.id)) == 1


def test_a_new_version_takes_over_and_the_earlier_one_stays(catalogue, reading):
    old = catalogue.publish()
    new = catalogue.publish(folder("1.1.0", hours=48))
    with reading() as session:
        assert queries.current_version(session, SLUG).id == new.id
        kept = queries.version_by_hash(session, old.content_hash)
        assert kept.id == old.id
        assert kept.state is VersionState.PUBLISHED
        assert queries.stored_bundle(kept) == folder()


def test_a_course_with_an_error_keeps_its_last_good_version_live(catalogue, reading):
    good = catalogue.publish()
    wrong = folder("1.1.0").files["99-quiz.md"].replace(b"- [x]", b"- [ ]")
    with pytest.raises(CourseRefused) as refusal:
        prepare(SLUG, folder("1.1.0", **{"99-quiz.md": wrong}))
    assert [(problem.file, problem.line > 0) for problem in refusal.value.problems if problem.severity == "error"] == [
        ("99-quiz.md", True)
    ]
    with reading() as session:
        assert queries.current_version(session, SLUG).id == good.id


@pytest.mark.parametrize("number", ["1.0.0", "0.9.0", "1.0.0-rc.1"])
def test_changed_content_needs_a_higher_version_number(catalogue, number):
    catalogue.publish()
    with pytest.raises(CourseRefused, match="higher version"):
        catalogue.propose(folder(number, hours=48))


def test_a_draft_marked_as_one_is_not_proposed():
    index = folder().files["index.md"].replace(b"time_required", b"draft: true\ntime_required")
    with pytest.raises(CourseRefused, match="draft: true"):
        prepare(SLUG, folder(**{"index.md": index}))


@pytest.mark.parametrize("slug", ["", "../escape", "two words", "x" * 65, "ünïcode"])
def test_a_folder_name_that_is_no_id_is_refused(slug):
    with pytest.raises(CourseRefused, match="course's id"):
        prepare(slug, folder())


@pytest.mark.parametrize("line", [b"valid_for: P900000Y", b"due: P11Y", b"wait_between: P2Y", b"time_required: P2Y"])
def test_a_span_of_time_beyond_all_use_is_refused(line):
    key = line.split(b":")[0]
    kept = [one for one in folder().files["index.md"].split(b"\n") if not one.startswith(key)]
    with pytest.raises(CourseRefused, match="longer than the portal keeps"):
        prepare(SLUG, folder(**{"index.md": b"\n".join([*kept[:2], line, *kept[2:]])}))


def test_a_rejected_version_stays_unseen_and_may_be_proposed_again(catalogue, world, reading):
    good = catalogue.publish()
    draft = catalogue.propose(folder("1.1.0", hours=48))
    catalogue.decide(draft, approve=False, reason="The deadline is still 24 hours.")
    with reading() as session:
        assert queries.current_version(session, SLUG).id == good.id
        assert session.get(CourseVersion, draft.id).state is VersionState.REJECTED
    sam = world.actor(world.analyst())
    with reading() as session, pytest.raises(NotFound):
        queries.load_version(session, SLUG, draft.id, by=sam)
    assert catalogue.propose(folder("1.1.0", hours=48)).id == draft.id
    catalogue.decide(draft)
    with reading() as session:
        assert queries.current_version(session, SLUG).id == draft.id


def test_a_proposal_that_was_taken_back_can_be_made_again(catalogue, in_transaction, reading):
    draft = catalogue.propose()
    with in_transaction() as session:
        (decision,) = decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, draft.id)
        decisions.withdraw(session, decision, reason="A typing error.", by=catalogue.author, at=now())
    assert catalogue.propose().id == draft.id
    catalogue.decide(draft)
    with reading() as session:
        assert queries.current_version(session, SLUG).id == draft.id


def test_who_wrote_a_draft_cannot_publish_it_when_a_colleague_proposes_it_again(catalogue, world):
    both = world.actor(world.person("Bo", Role.CONTENT_AUTHOR, Role.CONTENT_APPROVER))
    draft = catalogue.propose(by=both)
    catalogue.decide(draft, approve=False, reason="Not yet.")
    catalogue.propose(by=catalogue.author)
    with pytest.raises(SamePerson, match="wrote the draft"):
        catalogue.decide(draft, by=both)


def test_approval_of_a_draft_fails_when_another_version_was_published_meanwhile(catalogue):
    catalogue.publish()
    earlier = catalogue.propose(folder("1.1.0", hours=48))
    later = catalogue.propose(folder("1.2.0", hours=36))
    catalogue.decide(later)
    with pytest.raises(ContentChanged):
        catalogue.decide(earlier)


def test_a_version_is_published_once(catalogue, in_transaction):
    version = catalogue.publish()
    with pytest.raises(Conflict, match="published already"), in_transaction() as session:
        services.publish(session, version.id, by=catalogue.publisher, at=now())
    with pytest.raises(Conflict), in_transaction() as session:
        services.reject(session, version.id, by=catalogue.publisher, at=now())


def test_the_stored_package_has_the_hash_that_names_it(catalogue, reading):
    version = catalogue.publish()
    with reading() as session:
        kept = queries.version_by_hash(session, version.content_hash)
        assert content_hash(queries.stored_bundle(kept)) == version.content_hash == content_hash(folder())
        assert queries.faults(session) == []


def test_the_units_are_the_lessons_the_quiz_and_the_statement_to_sign(catalogue, reading):
    version = catalogue.publish()
    with reading() as session:
        units = queries.units(session, version)
        assert [(one.position, one.kind, one.title) for one in units] == [
            (1, UnitKind.LESSON, "The clock"),
            (2, UnitKind.LESSON, "What to share"),
            (3, UnitKind.QUIZ, "Final quiz"),
            (4, UnitKind.ATTESTATION, "Please confirm"),
        ]
        kept = session.get(CourseVersion, version.id)
        assert [one["text"] for one in kept.attestation_statements] == [
            "I will report a suspected leak within 24 hours."
        ]
        assert Assessment.from_json(kept.assessment) == prepare(SLUG, folder()).course.assessment


def test_a_lessons_check_stands_in_its_place_and_its_key_is_not_in_the_text(catalogue, reading):
    version = catalogue.publish()
    with reading() as session:
        lesson = queries.units(session, version)[0]
    parts = check_places.cut(lesson.html)
    assert [bool(part.check) for part in parts] == [False, True, False]
    assert parts[1].check == lesson.checks[0]["id"]
    assert "After the check" in parts[2].html
    assert "FEEDBACK" not in lesson.html
    assert "EXPLANATION" not in lesson.html


def test_pictures_are_addressed_by_the_content_hash(catalogue, reading):
    version = catalogue.publish()
    with reading() as session:
        (kept,) = session.scalars(select(CourseMedia)).all()
        assert (kept.path, kept.media_type) == ("media/clock.png", "image/png")
        lesson = queries.units(session, version)[0]
    assert f'src="/courses/media/{version.content_hash}/media/clock.png"' in lesson.html
    assert f'href="/courses/lessons/{version.content_hash}/02-sharing"' in lesson.html


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE course_version SET title = 'Another'",
        "UPDATE course_version SET content_hash = 'x'",
        "DELETE FROM course_version",
        "UPDATE course_unit SET html = '<p>Another</p>'",
        "DELETE FROM course_unit",
        "DELETE FROM course_media",
    ],
)
def test_the_database_refuses_to_change_a_version(catalogue, in_transaction, statement):
    catalogue.publish()
    with pytest.raises(DBAPIError, match="append-only"), in_transaction() as session:
        session.execute(text(statement))


def test_check_finds_a_package_that_was_altered(catalogue, in_transaction, reading, engine_name):
    version = catalogue.publish()
    with in_transaction() as session:
        without_triggers(session, engine_name)
        altered = prepare(SLUG, folder(hours=48)).package
        session.execute(update(CourseVersion).where(CourseVersion.id == version.id).values(package=altered))
    with reading() as session:
        (fault,) = queries.faults(session)
    assert fault.row == f"course_version {version.id}"
    assert version.content_hash in fault.sentence


def test_check_finds_a_version_that_no_second_person_approved(catalogue, in_transaction, reading, engine_name):
    version = catalogue.propose()
    with in_transaction() as session:
        session.execute(
            update(CourseVersion)
            .where(CourseVersion.id == version.id)
            .values(state=VersionState.PUBLISHED, published_by_id=catalogue.publisher.person_id, published_at=now())
        )
    with reading() as session:
        (fault,) = queries.faults(session)
    assert fault.invariant == "a course version is published by two people"
    assert fault.row == f"course_version {version.id}"


def test_check_finds_a_page_that_is_gone_and_one_without_text(catalogue, in_transaction, reading, engine_name):
    version = catalogue.publish()
    with in_transaction() as session:
        without_triggers(session, engine_name)
        session.execute(update(CourseUnit).where(CourseUnit.position == 1).values(html=" "))
        session.execute(CourseUnit.__table__.delete().where(CourseUnit.position == 2))
    with reading() as session:
        found = [fault.row for fault in queries.faults(session)]
    assert found == [f"course_unit 1 of course_version {version.id}", f"course_version {version.id}"]


def without_triggers(session, engine_name):
    """As somebody with the database's own password would."""
    for table in ("course_version", "course_unit"):
        if engine_name == "postgresql":
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            session.execute(text(f"DROP TRIGGER {table}_no_update"))
            session.execute(text(f"DROP TRIGGER {table}_no_delete"))


def test_every_step_of_a_publication_is_in_the_audit_trail(catalogue, reading):
    catalogue.publish()
    with reading() as session:
        found = session.execute(
            select(AuditEvent.action, AuditEvent.person_id)
            .where(AuditEvent.action.like("course%") | AuditEvent.action.like("decision%"))
            .order_by(AuditEvent.seq)
        ).all()
    author, publisher = catalogue.author.person_id, catalogue.publisher.person_id
    assert found == [
        ("course-version.proposed", author),
        ("decision.proposed", author),
        ("decision.approved", publisher),
        ("course-version.published", publisher),
    ]


def test_the_approver_judges_the_hash_the_pages_and_what_is_replaced(catalogue, reading):
    first = catalogue.publish()
    second = catalogue.propose(folder("1.1.0", hours=48))
    with reading() as session:
        content = services.publication_content(session, second.id)
        (decision,) = decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, second.id)
        assert decision.state is DecisionState.PROPOSED
        assert decision.content == content
    assert content["content_hash"] == second.content_hash
    assert content["replaces"] == f"1.0.0 ({first.content_hash})"
    assert content["units"] == ["The clock", "What to share", "Final quiz", "Please confirm"]


@pytest.mark.parametrize("name", ["anti-corruption", "partner-code-of-conduct", "truthful-incentive-claims"])
def test_the_courses_that_come_with_the_portal_can_be_published(catalogue, reading, name):
    version = catalogue.publish(read_bundle(OWN / name), slug=name)
    with reading() as session:
        assert queries.current_version(session, name).id == version.id
        assert queries.faults(session) == []


@pytest.mark.parametrize(
    "module",
    ["describe-compliance-management-capabilities-microsoft", "describe-insider-risk-capabilities-microsoft-365"],
)
def test_a_real_learn_module_can_be_proposed_and_published(catalogue, reading, module):
    if not (LEARN / module).is_dir():
        pytest.skip("the Learn modules are not beside this repository (../shared/data/learn)")
    imported = import_learn(LEARN / module)
    version = catalogue.publish(imported.bundle, slug=imported.slug)
    with reading() as session:
        units = queries.units(session, version)
        assert len(units) >= 4
        assert units[-1].kind is UnitKind.QUIZ
        assert queries.faults(session) == []
