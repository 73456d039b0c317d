"""`flask check` finds what somebody with the database in their hands has done, on both engines."""

import ast
from pathlib import Path

import pytest

from app.access.policy import Role
from app.cli.check import check_command
from app.kernel.storage import Storage
from app.remediation.models import StepKind
from app.reports import check
from tests.incentives.books import Row

APP = Path(__file__).resolve().parents[2] / "app"


@pytest.fixture
def ask(app):
    """`ask()` is what `flask check` would print, as (exit code, output)."""

    def run() -> tuple[int, str]:
        found = app.test_cli_runner().invoke(check_command)
        assert not isinstance(found.exception, AssertionError | KeyError | TypeError), found.exception
        return found.exit_code, found.output

    return run


@pytest.fixture
def told(ask, app):
    """A portal in which a case was completed and a learner passed a course: nothing is wrong with it."""

    def tell(stage) -> str:
        stage.school.publish()
        stage.world.covered("Linus", stage.acme, by=stage.nora)
        stage.school.complete(stage.ada)
        number = stage.completed()
        code, said = ask()
        assert (code, said.strip()) == (0, f"All {len(check.invariants())} invariants hold.")
        return number

    return tell


def test_an_empty_portal_is_in_order(ask):
    assert ask() == (0, f"All {len(check.invariants())} invariants hold.\n")


def test_each_change_behind_the_portals_back_is_found_and_named(ask, told, stage, tampered, reading):
    told(stage)
    for statement, invariant, row in (
        ("UPDATE audit_event SET reason = 'No reason' WHERE seq = 5", check.CHAIN, "audit_event 5"),
        ("UPDATE decision SET decided_by_id = proposed_by_id WHERE id = 1", check.TWO_PEOPLE, "decision 1"),
        ("UPDATE decision SET content = '{}' WHERE id = 2", check.TWO_PEOPLE, "decision 2"),
        ("UPDATE infraction SET judged_by_id = recorded_by_id WHERE id = 1", check.TWO_HANDS, "infraction 1"),
        (
            "UPDATE evidence_revision SET reviewed_by_id = uploaded_by_id WHERE id = 1",
            check.TWO_HANDS,
            "evidence_revision 1",
        ),
        ("UPDATE signature SET statement = 'I promise nothing.' WHERE id = 1", check.SEALS, "signature 1"),
        (
            "UPDATE covered_person SET partner_id = 2 WHERE id = 1",
            check.ONE_PARTNER,
            "covered_person 1",
        ),
        ("UPDATE training_record SET content_hash = 'x' WHERE id = 1", None, "training record 1"),
        ("UPDATE evidence_manifest SET content = '{}' WHERE id = 1", None, "evidence_manifest 1"),
        ("UPDATE plan_step SET original_due_on = '2020-01-01' WHERE id = 1", None, "plan_step 1"),
    ):
        tampered(statement)
        code, said = ask()
        assert code == 1, statement
        assert f"  {row}: " in said, f"{statement}\n{said}"
        if invariant:
            assert f"Broken: {invariant}" in said, statement


def test_a_role_of_the_other_side_is_found(ask, world, tampered):
    acme = world.partner("Acme")
    world.learner("Ada", acme)
    tampered(f"UPDATE role_grant SET role = '{Role.FINANCE_APPROVER.value}'")
    code, said = ask()
    assert code == 1
    assert "role_grant 1: it gives a role of the other side" in said


def test_money_that_moved_by_itself_is_found(ask, books, tampered):
    case = books.case()
    books.hold(case)
    books.bring(Row("100.00"))
    order = books.release(case, books.certify(case))
    books.export(order)
    assert ask()[0] in (0, 1)
    before = ask()[1]
    tampered("UPDATE posting SET amount_minor = amount_minor + 1 WHERE id = 1")
    code, said = ask()
    assert code == 1
    assert "postings add up to nothing, per transaction and currency" in said
    assert "postings add up to nothing" not in before
    tampered("UPDATE release_order SET certificate_digest = 'x'")
    tampered("UPDATE decision SET decided_by_id = proposed_by_id WHERE kind = 'release_order'")
    assert "a release names an approved order, two people and a certificate that was valid then" in ask()[1]


def test_an_altered_certificate_is_found(ask, books, tampered):
    books.certify(books.case())
    tampered("UPDATE certificate SET snapshot_digest = 'x'")
    assert "certificate data at issue = at any later download" in ask()[1]


def test_evidence_that_was_lost_or_changed_on_the_disk_is_found(ask, app, client, stage):
    from io import BytesIO

    number = stage.running(StepKind.EVIDENCE)
    client.sign_in(stage.nora)
    step = stage.step(number, StepKind.EVIDENCE)
    form = client.get(f"/cases/{number}/steps/{step.id}")
    button = next(
        button.get_text(strip=True)
        for button in form.page.select("main form[enctype] button[type=submit]")
        if "Send" in button.get_text()
    )
    answer = client.submit(
        form,
        button,
        statement="See the rule.",
        effective_on="2026-03-01",
        files=(BytesIO(b"Two people approve each claim."), "approval.txt"),
    )
    assert answer.status_code == 200, answer.errors
    folder = app.config["SETTINGS"].data_folder / "files"
    assert ask()[0] == 0
    [kept] = [path for path in folder.rglob("*") if path.is_file()]
    content = kept.read_bytes()
    kept.write_bytes(content + b"x")
    assert "was altered outside the portal" in ask()[1]
    kept.unlink()
    assert "the file is gone from the storage folder" in ask()[1]
    Storage(folder).put(content)
    assert ask()[0] == 0


def test_a_message_that_was_given_up_is_found(ask, in_transaction, tampered, world, clock):
    from app.kernel.clock import now
    from app.outbox import services as outbox

    with in_transaction() as session:
        outbox.enqueue(session, "invitation", "invitation:7", {"person_id": 1, "token": "x"}, at=now())
    assert ask()[0] == 0
    tampered("UPDATE outbox_row SET state = 'dead', tries = 6, last_error = 'the mailbox is full'")
    code, said = ask()
    assert code == 1
    assert "outbox_row 1: invitation (invitation:7) failed 6 times; last: the mailbox is full" in said


def test_a_certificate_that_was_earned_and_never_issued_is_found(ask, stage, clock):
    from tests.learning.school import gifts

    school = stage.school
    school.publish(gifts(settings="certificate: default"))
    school.complete(school.ada)
    assert ask()[0] == 0
    clock.advance(minutes=11)
    code, said = ask()
    assert code == 1
    assert "training_record 1: its course gives a certificate, and none was issued" in said


def _invariants_in(tree: ast.AST) -> set[str]:
    """The sentences that a module can report: assigned to `invariant` or a constant, or given to Fault."""
    found = set()
    for node in ast.walk(tree):
        value = None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            value = node.value if name == "invariant" or name.strip("_").isupper() else None
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" and node.args:
            value = node.args[0]
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
            found.add(value.value)
    return found


@pytest.mark.parametrize(
    ("room", "module"),
    [
        ("incentives", "incentives/queries/invariants.py"),
        ("remediation", "remediation/queries/faults.py"),
        ("learning", "learning/queries/faults.py"),
        ("courses", "courses/queries/versions.py"),
        ("certificates", "certificates/queries/standing.py"),
    ],
)
def test_what_is_said_to_hold_is_what_is_asked(room, module):
    asked = {one[:1].lower() + one[1:] for one in _invariants_in(ast.parse((APP / module).read_text(encoding="utf-8")))}
    assert asked == set(check.ROOMS[room].invariants)
