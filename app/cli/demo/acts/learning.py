"""The acts of learners: materials, lessons, quizzes, attestations."""

from sqlalchemy import select

from app.cli.demo.acts.act import Act
from app.cli.demo.cast import Player
from app.cli.demo.founding import MATERIAL_SLUG
from app.courses import queries as course_queries
from app.courses import services as courses
from app.courses.models import CourseVersion, ReadinessMaterial
from app.courses.rules.grading import Paper
from app.learning import services as learning
from app.learning.models import Assignment, Registration
from app.learning.queries import content
from app.transactions import reading


class LearningActs(Act):
    """Courses, taken by the people on the roster."""

    def read_material(self, readers: tuple[Player, ...] | None = None) -> None:
        for player in readers if readers is not None else (self.company.finance, *self.company.learners):
            with self.stage.act(player, "reads the material and confirms it") as (session, by, at):
                material = course_queries.load_material(
                    session,
                    session.scalars(
                        select(ReadinessMaterial.id).where(
                            ReadinessMaterial.slug == MATERIAL_SLUG, ReadinessMaterial.retired_at.is_(None)
                        )
                    ).one(),
                    by=by,
                )
                courses.acknowledge_material(session, material, by=by, at=at)
                self.outcomes.after_receipt(session, by.partner_id or 0, material.id, at=at)

    def learn(self, learners: tuple[Player, ...] | None = None, *, fails_first: Player | None = None) -> None:
        """Everybody takes their courses; one may fail the first attempt of the first course and pass the second."""
        for player in learners if learners is not None else (self.company.finance, *self.company.learners):
            session = reading()
            who = self.stage.actor(player)
            open_ones = session.scalars(
                select(Assignment.id)
                .where(Assignment.person_id == who.person_id, Assignment.satisfied_at.is_(None))
                .order_by(Assignment.id)
            ).all()
            for number, assignment_id in enumerate(open_ones):
                self.take_course(player, assignment_id, fail=player is fails_first and number == 0)

    def take_course(self, player: Player, assignment_id: int, *, fail: bool = False) -> None:
        with self.stage.act(player, "reads the lessons of a course") as (session, by, at):
            registration = learning.start(session, session.get_one(Assignment, assignment_id), by=by, at=at)
            registration_id = registration.id
            version = session.get_one(CourseVersion, registration.version_id)
            outline = content.outline(session, (version.id, version.content_hash))
            for unit in outline.lessons:
                learning.view_unit(session, registration_id, unit.position, by=by, at=at)
                learning.complete_unit(session, registration_id, unit.position, by=by, at=at)
        if fail:
            self.attempt(
                player,
                registration_id,
                right_answers=3,
                what="takes the quiz, fails, and sees which lessons to read again",
            )
        self.attempt(player, registration_id, right_answers=None, what="takes the quiz and passes")
        proof = self.stage.prove(player)
        with self.stage.act(player, "enters the password again and signs the attestation") as (session, by, at):
            record = learning.attest(session, registration_id, proof, by=by, at=max(at, proof.at))
            if record is None:
                raise RuntimeError("The attestation should have completed the course.")
            self.outcomes.after_training(session, record.id, at=at)
        self.stage.certify(record.id)

    def attempt(self, player: Player, registration_id: int, *, right_answers: int | None, what: str) -> None:
        with self.stage.act(player, what) as (session, by, at):
            attempt = learning.start_attempt(session, registration_id, by=by, at=at)
            version = session.scalars(
                select(CourseVersion)
                .join(Registration, Registration.version_id == CourseVersion.id)
                .where(Registration.id == registration_id)
            ).one()
            key = content.assessment(session, (version.id, version.content_hash))
            known = {question.id: question for question in key.questions}
            for number, question_id in enumerate(Paper.from_json(attempt.paper).question_ids):
                if right_answers is None or number < right_answers:
                    learning.save_answer(
                        session, attempt.id, question_id, known[question_id].right_response(), by=by, at=at
                    )
            learning.submit_attempt(session, attempt.id, by=by, at=at)
