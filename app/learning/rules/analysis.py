"""What the answers to a question say about the question. Values in, values out.

- *Share right*: the part of all answers that earned all points. Too hard below 30 %, too easy above 95 %.
- *Discrimination*: the correlation between the points of a question and the score in the rest of the quiz, from −1 to 1.
  It says whether those who know the matter answer it better than those who don't. With k scored questions on a paper,
  score Y (the mean of all k) and points X, the rest is R = k·Y − X, so that from sums over all answers
      cov(X, R) = k·cov(X, Y) − var(X)    var(R) = k²·var(Y) − 2k·cov(X, Y) + var(X)    r = cov(X, R) / √(var(X)·var(R)).
  This is the item-rest correlation: the point-biserial correlation, corrected for the question being part of the score
  (L. Crocker, J. Algina, Introduction to Classical and Modern Test Theory, 1986, chapter 14). Poor below 0.1.
- Fewer than 30 answers say nothing, and nothing is said.
"""

from dataclasses import dataclass
from math import sqrt

ENOUGH = 30
TOO_HARD, TOO_EASY = 3_000, 9_500
POOR_DISCRIMINATION = 0.1


@dataclass(frozen=True)
class Tally:
    """The answers to one question in one language. Points and scores are parts of ten thousand; sums over all answers."""

    question_id: str
    language: str
    n: int
    right: int
    points: int
    points_squared: int
    points_times_score: int
    score: int
    score_squared: int


@dataclass(frozen=True)
class Figures:
    """`share_right` is parts of ten thousand; `discrimination` is None where all answers, or all scores, are the same."""

    n: int
    share_right: int
    discrimination: float | None

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen, and how often it was. `right` is None where right and wrong are not of single answers."""

    text: str
    count: int
    right: bool | None = None


def figures(tally: Tally, *, asked: int) -> Figures:
    """`asked` is how many scored questions a paper has."""
    return Figures(tally.n, share(tally.right, tally.n), _discrimination(tally, asked))


def share(part: int, whole: int) -> int:
    """A part of a whole in parts of ten thousand, half up; 0 of nothing is 0."""
    return (part * 20_000 + whole) // (2 * whole) if whole else 0


def _discrimination(tally: Tally, asked: int) -> float | None:
    n = tally.n
    if n < 2 or asked < 2:
        return None
    # n² times the variances and the covariance, in whole numbers: nothing is lost before the root.
    var_x = n * tally.points_squared - tally.points**2
    var_y = n * tally.score_squared - tally.score**2
    cov_xy = n * tally.points_times_score - tally.points * tally.score
    cov_rest = asked * cov_xy - var_x
    var_rest = asked**2 * var_y - 2 * asked * cov_xy + var_x
    if var_x <= 0 or var_rest <= 0:
        return None
    return max(-1.0, min(1.0, cov_rest / sqrt(var_x * var_rest)))


def flags(found: Figures, choices: tuple[Choice, ...] = ()) -> tuple[str, ...]:
    """What somebody should look at, in words; nothing where there are too few answers to say."""
    if not found.is_enough:
        return ()
    words = []
    if found.share_right < TOO_HARD:
        words.append("Too hard: fewer than 30 % answer it right. Is the key right, and does a lesson teach it?")
    if found.share_right > TOO_EASY:
        words.append("Too easy: more than 95 % answer it right, so it tells nothing.")
    if found.discrimination is not None and found.discrimination < POOR_DISCRIMINATION:
        words.append(
            "Discriminates badly: those who know the rest do no better here than others. Is it unclear, or the key wrong?"
        )
    never = [choice.text for choice in choices if choice.right is False and choice.count == 0]
    if never:
        words.append(
            f"Never chosen: {'; '.join(f'“{text}”' for text in never)}. Nobody believes it; write a likelier one."
        )
    return tuple(words)
