"""What a version number, CHANGES.md and the author's wish say together, and which of them contradict each other."""

import pytest

from app.courses.rules.course import Change as Line
from app.courses.rules.retraining import Change, Retrain, Retraining, Wish, settle
from app.kernel.errors import DomainError

NOTHING = Wish()


def told(version, live, *, retrain=None, wish=NOTHING, due=None):
    """What is settled; `retrain` is what the line of CHANGES.md for the version says, None where there is none."""
    lines = () if retrain is None else (Line(version, retrain, "Words."),)
    return settle(wish, version=version, live=live, lines=lines, due_days=due)


@pytest.mark.parametrize(
    ("version", "live", "retrain", "wish", "settled"),
    [
        ("1.0.0", None, None, NOTHING, (Change.FIRST, Retrain.NOBODY, None)),
        ("3.1.0", None, True, NOTHING, (Change.FIRST, Retrain.NOBODY, None)),
        ("1.1.0", "1.0.0", None, NOTHING, (Change.MINOR, Retrain.NOBODY, None)),
        ("1.0.1", "1.0.0", False, Wish(Change.MINOR), (Change.MINOR, Retrain.NOBODY, None)),
        ("2.0.0", "1.4.2", None, NOTHING, (Change.MATERIAL, Retrain.RETAKE, 30)),
        ("2.0.0", "1.4.2", True, Wish(Change.MATERIAL, days=60), (Change.MATERIAL, Retrain.RETAKE, 60)),
        ("2.0.0", "1.4.2", False, Wish(retrain=Retrain.ACKNOWLEDGE), (Change.MATERIAL, Retrain.ACKNOWLEDGE, 30)),
        ("2.0.0", "1.4.2", False, Wish(retrain=Retrain.NOBODY), (Change.MATERIAL, Retrain.NOBODY, None)),
        ("10.0.0", "9.9.9", None, NOTHING, (Change.MATERIAL, Retrain.RETAKE, 30)),
    ],
)
def test_the_first_number_says_what_a_change_is_and_the_author_what_it_asks(version, live, retrain, wish, settled):
    assert told(version, live, retrain=retrain, wish=wish) == Retraining(*settled)


def test_people_have_as_long_as_the_course_itself_gives_them():
    assert told("2.0.0", "1.0.0", due=14).days == 14


@pytest.mark.parametrize(
    ("version", "live", "retrain", "wish", "sentence"),
    [
        ("1.0.0", None, None, Wish(Change.MINOR), "This is the first version"),
        ("1.0.0", None, None, Wish(days=3), "Leave --change, --retrain and --within away"),
        ("1.1.0", "1.0.0", True, NOTHING, "CHANGES.md says 'retrain: yes', but from 1.0.0 to 1.1.0"),
        ("1.1.0", "1.0.0", None, Wish(Change.MATERIAL), "For a material change raise it, to 2.0.0."),
        ("1.1.0", "1.0.0", None, Wish(retrain=Retrain.RETAKE), "A minor change asks nothing of people"),
        ("1.1.0", "1.0.0", None, Wish(days=5), "A minor change asks nothing of people"),
        ("2.0.0", "1.0.0", None, Wish(Change.MINOR), "which says that the change is material"),
        ("2.0.0", "1.0.0", None, Wish(Change.FIRST), "this is not the first version"),
        ("2.0.0", "1.0.0", False, NOTHING, "but CHANGES.md says 'retrain: no'"),
        ("2.0.0", "1.0.0", False, Wish(retrain=Retrain.RETAKE), "'retrain: no', and you ask for 'retake'"),
        ("2.0.0", "1.0.0", True, Wish(retrain=Retrain.ACKNOWLEDGE), "'retrain: yes', and you ask for 'acknowledge'"),
        ("2.0.0", "1.0.0", None, Wish(retrain=Retrain.NOBODY, days=5), "Leave --within away"),
        ("2.0.0", "1.0.0", None, Wish(days=0), "between 1 and 366 days"),
        ("2.0.0", "1.0.0", None, Wish(days=400), "between 1 and 366 days"),
    ],
)
def test_a_contradiction_is_refused_with_what_mends_it(version, live, retrain, wish, sentence):
    with pytest.raises(DomainError, match=sentence.replace("(", r"\(")):
        told(version, live, retrain=retrain, wish=wish)


def test_lines_of_versions_that_are_live_already_or_come_later_do_not_count():
    lines = (Line("1.0.0", True, "Once."), Line("1.1.0", False, "Words."), Line("2.0.0", True, "Planned."))
    assert settle(NOTHING, version="1.1.0", live="1.0.0", lines=lines, due_days=None).change is Change.MINOR
