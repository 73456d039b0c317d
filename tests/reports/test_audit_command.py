import pytest

from app.audit import services as audit
from app.cli.audit import audit_commands
from app.kernel.clock import now
from tests.ground.world import BUILDER


@pytest.fixture
def flask_audit(app):
    """`flask_audit("verify")`: (exit code, what was printed)."""

    def run(*words: str) -> tuple[int, str]:
        found = app.test_cli_runner().invoke(audit_commands, words)
        return found.exit_code, found.output.strip()

    return run


@pytest.fixture
def recorded(in_transaction):
    with in_transaction() as session:
        for number in range(7):
            audit.record(session, "note.written", "case", number, by=BUILDER, at=now())


def test_a_whole_chain_verifies(flask_audit, recorded):
    assert flask_audit("verify") == (0, "The chain verifies: 7 events.")


def test_an_empty_chain_verifies(flask_audit):
    assert flask_audit("verify") == (0, "The chain verifies: 0 events.")


def test_the_first_broken_link_is_named(flask_audit, recorded, tampered):
    tampered("UPDATE audit_event SET subject_id = '99' WHERE seq IN (3, 5)")
    code, said = flask_audit("verify")
    assert code == 1
    assert "event 3 was altered" in said
    assert flask_audit("anchor")[0] == 1


def test_a_chain_whose_end_was_cut_off_is_found_by_its_anchor(flask_audit, recorded, tampered):
    code, anchor = flask_audit("anchor")
    assert code == 0
    assert anchor.startswith("7:")
    assert flask_audit("verify", "--anchor", anchor)[0] == 0
    tampered("DELETE FROM audit_event WHERE seq = 7")
    assert flask_audit("verify")[0] == 0
    code, said = flask_audit("verify", "--anchor", anchor)
    assert code == 1
    assert "its end was cut off" in said


@pytest.mark.parametrize("anchor", ["7", "x:y", "0:" + "0" * 64, "7:abc"])
def test_what_is_no_anchor_is_refused_in_words(flask_audit, recorded, anchor):
    code, said = flask_audit("verify", "--anchor", anchor)
    assert code == 2
    assert "is no anchor" in said
