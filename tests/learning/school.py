"""A course with a lesson that asks, a quiz of every kind of question, and people to take it."""

from datetime import date, timedelta

from app.accounts.rules import Reauthentication
from app.courses.models import Course, CourseVersion
from app.courses.rules.bundle import Bundle
from app.courses.rules.grading import Paper
from app.kernel.clock import now
from app.learning import services
from app.learning.models import Assignment, Attempt, Origin
from app.learning.queries import content
from tests.courses.catalogue import Catalogue

SLUG = "gifts"

INDEX = """---
title: {title}
description: When a gift is a bribe.
version: {version}
objectives:
  gifts: Tell a courtesy from a bribe
mastery_score: 0.5
{settings}
---
A course about gifts.
"""

LESSONS = {
    "01-courtesy.md": """---
title: Courtesy
objectives: [gifts]
---
A pen is a courtesy.

<quiz>

## Is a pen a courtesy? {#pen}

- [x] Yes, nobody is bought by a pen
    > CHECKFEEDBACK A pen is fine.
- [ ] No, never

CHECKEXPLANATION Small things are small.

</quiz>

Now to [bribes](02-bribes.md).
""",
    "02-bribes.md": """---
title: Bribes
---
A car is not.
""",
    "03-asking.md": """---
title: Whom to ask
---
Ask before you give.
""",
}

QUIZ = """---
title: Final quiz
quiz: {{show_correct: {show_correct}}}
---

# Gifts {{objective=gifts}}

## Which gift is fine? {{#which}}

A customer decides on your offer next week.

- [x] A pen
    > GRADEDFEEDBACK A pen buys nobody.
- [ ] A car
    > GRADEDFEEDBACK A car buys a decision.

[[?]] Think of what it is worth.

GRADEDEXPLANATION A pen is a courtesy.

## Which need approval? {{#approval type=multiple}}

- [x] A dinner
- [x] A trip
- [ ] A glass of water

## How many days before you must ask? {{#days}}

= 7

## Fill the gaps {{#gaps}}

A [[bribe]] is [[fine | (forbidden) | unclear]].

---
The law says so.

## Put in order {{#order}}

1. Ask
2. Wait
3. Give

## Match them {{#match}}

- Pen -> Courtesy
- Car -> Bribe

## What will you do? {{#reflect}}

[[___]]
"""

ATTESTATION = """
# Your statement

## Please confirm {#attest type=attestation}

- [ ] I have read and understood the rules on gifts.
- [ ] I will ask before I give.
"""

# Texts of the key and of what the author says afterwards, none of which is an answer that can be chosen.
SECRETS = ("GRADEDFEEDBACK", "GRADEDEXPLANATION", "CHECKFEEDBACK", "CHECKEXPLANATION", "The law says so", '"right"')


def gifts(
    version: str = "1.0.0",
    *,
    title: str = "Gifts",
    settings: str = "attempts: 3\nvalid_for: P1Y",
    lessons: dict[str, str] = LESSONS,
    quiz: bool = True,
    attestation: bool = False,
    show_correct: str = "passed",
) -> Bundle:
    files = {"index.md": INDEX.format(title=title, version=version, settings=settings), **lessons}
    if quiz:
        files["99-quiz.md"] = QUIZ.format(show_correct=show_correct) + (ATTESTATION if attestation else "")
    return Bundle.of({path: text.encode() for path, text in files.items()})


class School:
    """Acme's Ada and Grace, Mallory of another partner, Robin who represents Acme, and a published course."""

    def __init__(self, world, catalogue: Catalogue, in_transaction, reading):
        self.world, self.catalogue, self.in_transaction, self.reading = world, catalogue, in_transaction, reading
        self.acme = world.partner("Acme", time_zone="Europe/Berlin")
        self.globex = world.partner("Globex", time_zone="America/New_York")
        self.ada = world.learner("Ada", self.acme)
        self.grace = world.learner("Grace", self.acme)
        self.mallory = world.learner("Mallory", self.globex)
        self.robin = world.representative("Robin", self.acme)

    def publish(self, bundle: Bundle | None = None, *, slug: str = SLUG) -> CourseVersion:
        return self.catalogue.publish(bundle or gifts(), slug=slug)

    def assign(self, *people, slug: str = SLUG, due_in: int = 14, by=None) -> list[Assignment]:
        """Robin assigns the course to people of Acme, due in some days."""
        with self.in_transaction() as session:
            course = session.query(Course).filter_by(slug=slug).one()
            made = services.assign(
                session,
                [person.id for person in people],
                course,
                origin=Origin.REPRESENTATIVE,
                due_on=self.today + timedelta(days=due_in),
                partner_id=people[0].partner_id,
                by=self.world.actor(by or self.robin),
                at=now(),
            )
            return list(made.made)

    @property
    def today(self) -> date:
        return now().date()

    def start(self, person, *, slug: str = SLUG, due_in: int = 14) -> int:
        """The person has the course assigned and has begun it; the registration's id."""
        assignment = self.assign(person, slug=slug, due_in=due_in)[0]
        return self.begin(assignment, person)

    def begin(self, assignment: Assignment, person) -> int:
        actor = self.world.actor(person)
        with self.in_transaction() as session:
            return services.start(session, session.merge(assignment), by=actor, at=now()).id

    def read(self, registration_id: int, person, *positions: int) -> None:
        """Lessons read to the end, by default all three."""
        actor = self.world.actor(person)
        for position in positions or (1, 2, 3):
            with self.in_transaction() as session:
                services.complete_unit(session, registration_id, position, by=actor, at=now())

    def begin_quiz(self, registration_id: int, person) -> int:
        actor = self.world.actor(person)
        with self.in_transaction() as session:
            return services.start_attempt(session, registration_id, by=actor, at=now()).id

    def answer(self, attempt_id: int, person, *, right: bool = True) -> None:
        """Every question answered, all right or all wrong."""
        actor = self.world.actor(person)
        with self.in_transaction() as session:
            for question_id, response in self.answers(session, attempt_id, right=right).items():
                services.save_answer(session, attempt_id, question_id, response, by=actor, at=now())

    def answers(self, session, attempt_id: int, *, right: bool = True) -> dict[str, object]:
        attempt = session.get(Attempt, attempt_id)
        assessment = content.assessment(session, self.version_of(session, attempt))
        asked = Paper.from_json(attempt.paper).question_ids
        return {
            question_id: assessment.question(question_id).right_response() if right else WRONG(assessment, question_id)
            for question_id in asked
        }

    @staticmethod
    def version_of(session, attempt: Attempt) -> tuple[int, str]:
        from app.learning.models import Registration

        registration = session.get(Registration, attempt.registration_id)
        version = session.get(CourseVersion, registration.version_id)
        return version.id, version.content_hash

    def hand_in(self, attempt_id: int, person) -> services.Submitted:
        actor = self.world.actor(person)
        with self.in_transaction() as session:
            return services.submit_attempt(session, attempt_id, by=actor, at=now())

    def attempt(self, registration_id: int, person, *, right: bool) -> services.Submitted:
        attempt_id = self.begin_quiz(registration_id, person)
        self.answer(attempt_id, person, right=right)
        return self.hand_in(attempt_id, person)

    def attest(self, registration_id: int, person):
        actor = self.world.actor(person)
        with self.in_transaction() as session:
            return services.attest(session, registration_id, Reauthentication(person.id, now()), by=actor, at=now())

    def complete(self, person, *, slug: str = SLUG):
        """The whole course, passed at the first attempt; its training record."""
        registration_id = self.start(person, slug=slug)
        self.read(registration_id, person)
        return self.attempt(registration_id, person, right=True).record


def WRONG(assessment, question_id: str) -> object:
    """An answer that the page could send and that earns nothing."""
    question = assessment.question(question_id)
    match question.kind:
        case "single":
            return next(option.id for option in question.options if not option.right)
        case "multiple":
            return [next(option.id for option in question.options if not option.right)]
        case "number":
            return "8"
        case "blanks":
            return {"1": "present"}
        case "ordering":
            return [item.id for item in reversed(question.items)]
        case "matching":
            turned = {left.right_id: left.id for left in question.lefts}
            rights = list(turned)
            return {turned[rights[0]]: rights[1], turned[rights[1]]: rights[0]}
        case _:
            return "I don’t know."
