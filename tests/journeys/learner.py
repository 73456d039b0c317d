"""What a learner does: reads, leaves, comes back, takes the quiz, signs."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.ground.world import PASSWORD
from tests.journeys.visitor import Visitor


@dataclass(frozen=True)
class Answer:
    """How a question is answered: boxes to tick, a number to write, or a word for the gap."""

    ticks: tuple[str, ...] = ()
    number: str = ""
    word: str = ""

    def is_given_by(self, learner: Visitor) -> None:
        learner.chooses(*self.ticks)
        if self.number:
            learner.writes("Your number", self.number)
        if self.word:
            learner.picks("Gap 1", self.word)


RIGHT = {
    "A planned event was cancelled. What do you claim?": Answer(ticks=("Nothing",)),
    "Which of these are proof?": Answer(ticks=("The invoice", "The list of guests")),
    "For how many years do you keep the proof?": Answer(number="5"),
    "Fill the gap": Answer(word="took place"),
}
WRONG = {
    "A planned event was cancelled. What do you claim?": Answer(ticks=("Half of the costs",)),
    "Which of these are proof?": Answer(ticks=("A plan of the event",)),
    "For how many years do you keep the proof?": Answer(number="1"),
    "Fill the gap": Answer(word="was hoped for"),
}


def start_course(learner: Visitor, title: str) -> None:
    learner.goes_to("My training").opens_task(title)
    learner.presses("Start the course")


def read_on(learner: Visitor, following: str) -> None:
    """“Next” at the end of a lesson."""
    learner.presses(f"Next: {following}")
    assert learner.heading == following


def answer_questions(learner: Visitor, answers: Mapping[str, Answer]) -> None:
    """From the first question to the page where everything is looked over."""
    while learner.heading.startswith("Question "):
        asked = next(title for title in answers if title in learner.heading)
        answers[asked].is_given_by(learner)
        learner.presses("Next question" if learner.offers("Next question") else "Look over my answers")
    assert learner.heading == "Look over your answers"


def take_quiz(learner: Visitor, answers: Mapping[str, Answer], *, button: str = "Start the quiz") -> None:
    learner.presses(button)
    answer_questions(learner, answers)
    learner.reads(f"All {len(answers)} questions are answered.")
    learner.presses("Hand in my answers")


def attest(learner: Visitor, *statements: str, password: str = PASSWORD) -> None:
    learner.follows("Go on to sign")
    learner.chooses(*statements).writes("Your password", password)
    learner.presses("Sign and complete the course")


def confirm_material(reader: Visitor, title: str) -> None:
    reader.goes_to("Materials").opens_task(title).presses("I have read this")
    reader.reads("that you have read this")
