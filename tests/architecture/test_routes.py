"""Every address of the portal: who may use it, and what it says to everybody else.

The access list is kept in routes/access.txt, so that a change of who may do what is seen in a review. The matrix asks as
every role, and as a stranger, at every address, for what is own, a colleague's, another partner's and nobody's.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.access.policy import Permission, Side
from app.partners.queries import sees_all
from app.settings import Mode
from app.web.guard import access_of
from tests.architecture.routes.addresses import endpoints
from tests.architecture.routes.holdings import UnknownArgument, named_in
from tests.architecture.routes.matrix import IDENTITIES, KEPT_ANYWAY, PERSONAL, STRANGER, Cell, Matrix, Whose
from tests.ground.application import settings_for
from tests.ground.furnished import FurnishedGround

ACCESS_LIST = Path(__file__).parent / "routes" / "access.txt"
_RENEW = (
    "The access list has changed. If that is meant, write it anew and let a second person read the difference:\n"
    "    .venv/bin/python -m tests.architecture.routes.access > tests/architecture/routes/access.txt\n"
)

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]


@pytest.fixture(scope="session")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The portal in demo mode, which has the most addresses. It is asked nothing."""
    folder = tmp_path_factory.mktemp("demo")
    settings = settings_for(f"sqlite:///{folder / 'none.db'}", folder)
    return create_app(settings.model_copy(update={"mode": Mode.DEMO}))


@pytest.fixture(scope="session")
def matrix(furnished_grounds: Callable[[str], FurnishedGround]) -> Matrix:
    return Matrix(furnished_grounds("sqlite"))


# The access list


def test_the_access_list_is_the_one_that_was_agreed(demo_app: Flask) -> None:
    found = [one.listed() for one in endpoints(demo_app)]
    agreed = ACCESS_LIST.read_text(encoding="utf-8").splitlines()
    new = [f"+ {line}" for line in found if line not in agreed]
    gone = [f"- {line}" for line in agreed if line not in found]
    assert not new + gone, _RENEW + "\n".join(gone + new)
    assert found == agreed, _RENEW


def test_every_view_says_who_may_use_it(demo_app: Flask) -> None:
    unmarked = [name for name, view in demo_app.view_functions.items() if access_of(view) is None]
    assert not unmarked, f"Mark these with @requires(Permission.…) or @public: {unmarked}"


def test_every_argument_of_an_address_is_explained(demo_app: Flask) -> None:
    unexplained = []
    for endpoint in endpoints(demo_app):
        if endpoint.room in ("demo", "demo_mail"):
            continue
        try:
            named_in(endpoint.rule)
        except UnknownArgument as error:
            unexplained.append(str(error))
    assert not unexplained, "\n".join(unexplained)


def test_an_argument_that_nobody_explained_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnknownArgument, match="<parrot_id> after /parrots/. Say in NAMES"):
        named_in("/partners/<number>/parrots/<int:parrot_id>")


def test_demo_sign_in_and_demo_mail_exist_in_demo_mode_only(demo_app: Flask, furnished_ground: FurnishedGround) -> None:
    rooms = {"demo", "demo_mail"}
    here = {one.name for one in endpoints(demo_app)} - {one.name for one in endpoints(furnished_ground.app)}
    assert here == {one.name for one in endpoints(demo_app) if one.room in rooms} != set()


def test_addresses_are_plural_nouns_in_kebab_case(demo_app: Flask) -> None:
    strange = [
        one.rule
        for one in endpoints(demo_app)
        for word in one.rule.split("/")
        if "<" not in word and word not in ("VERIFY",) and (word != word.lower() or "_" in word)
    ]
    assert not strange


# The matrix


def _told(cells: list[Cell]) -> str:
    return "\n".join(str(cell) for cell in cells[:40])


@pytest.mark.parametrize("identity", IDENTITIES)
def test_nothing_ever_breaks(matrix: Matrix, identity: str) -> None:
    broken = [cell for cell in matrix.cells(identity) if cell.status >= 500]
    assert not broken, _told(broken)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_what_is_not_ones_own_looks_exactly_like_what_does_not_exist(matrix: Matrix, identity: str) -> None:
    """Same status and same page, so that nobody learns from the answer that there is something.

    For those who see every partner nothing is strange; they only must not get a page for what is put together wrongly.
    """
    who = matrix.actor(identity)
    cells = matrix.cells(identity)
    sees_everything = who is not None and sees_all(who)
    told = []
    for cell in cells:
        if cell.endpoint.is_public or cell.whose is Whose.OWN or _is_nobodys(cell, matrix):
            continue
        if cell.whose is Whose.COLLEAGUES and not (
            cell.endpoint.needs in PERSONAL
            or "/certificates/" in cell.endpoint.rule
            or "/courses/" in cell.endpoint.rule
        ):
            continue
        nobody = next(
            one
            for one in cells
            if (one.endpoint, one.method, one.filled_in, one.whose)
            == (cell.endpoint, cell.method, cell.filled_in, Whose.MISSING)
        )
        if who is None:
            continue
        if cell.status not in ((403, 404, 409, 422) if sees_everything else (403, 404, 422)):
            told.append(cell)
        elif not sees_everything and (cell.status, cell.looks) != (nobody.status, nobody.looks):
            told.append(replace(cell, url=f"{cell.url} (missing: {nobody.status})"))
    assert not told, _told(told)


@pytest.mark.parametrize("identity", [one for one in IDENTITIES if one != STRANGER])
def test_a_partners_people_get_404_for_everything_of_others(matrix: Matrix, identity: str) -> None:
    who = matrix.actor(identity)
    assert who is not None
    cells = [
        cell
        for cell in matrix.cells(identity)
        if cell.whose in (Whose.FOREIGN, Whose.MISSING)
        and not cell.endpoint.is_public
        and not _is_nobodys(cell, matrix)
    ]
    if who.side is Side.PARTNER:
        allowed = {404}
    else:
        allowed = {403, 404, 422}
    other = [cell for cell in cells if cell.status not in allowed and not _refused_to_the_role(cell, matrix)]
    assert not other, _told(other)


def _is_nobodys(cell: Cell, matrix: Matrix) -> bool:
    """What belongs to no partner: pictures of the vendor's own courses, for its staff; and an attempt of one's own that is handed
    in, which leads to its result whatever question is named."""
    who = matrix.actor(cell.identity)
    if cell.endpoint.name == "courses.media":
        return who is not None and who.side is Side.VENDOR
    return cell.endpoint.name == "learning.save_answer" and cell.whose not in (Whose.FOREIGN, Whose.MISSING)


def _refused_to_the_role(cell: Cell, matrix: Matrix) -> bool:
    """A role of the same side that lacks the permission is told so (403), whatever it asks for."""
    who = matrix.actor(cell.identity)
    return (
        cell.status == 403
        and who is not None
        and isinstance(cell.endpoint.needs, Permission)
        and not who.may(cell.endpoint.needs)
    )


@pytest.mark.parametrize("identity", [one for one in IDENTITIES if one != STRANGER])
def test_who_lacks_the_permission_is_refused_alike_whatever_they_ask_for(matrix: Matrix, identity: str) -> None:
    who = matrix.actor(identity)
    assert who is not None
    answers: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for cell in matrix.cells(identity):
        if isinstance(cell.endpoint.needs, Permission) and not who.may(cell.endpoint.needs):
            answers.setdefault((cell.endpoint.rule, cell.method), set()).add((cell.status, cell.looks))
    assert answers
    uneven = {address: found for address, found in answers.items() if len(found) > 1}
    assert not uneven
    let_in = {address: found for address, found in answers.items() if next(iter(found))[0] not in (403, 404)}
    assert not let_in


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_refused_act_changes_nothing(matrix: Matrix, identity: str) -> None:
    """Neither one that was sent as it is nor one whose form was filled in well."""
    cells = [cell for cell in matrix.cells(identity) if cell.whose is not Whose.OWN or cell.status in (403, 404)]
    changing = [cell for cell in cells if cell.wrote - KEPT_ANYWAY]
    assert not changing, _told(changing)
    assert not matrix.changed_otherwise[identity], "Something was written that no request was seen to write."


@pytest.mark.parametrize("identity", IDENTITIES)
def test_asking_for_a_page_changes_nothing(matrix: Matrix, identity: str) -> None:
    changing = [
        cell
        for cell in matrix.cells(identity)
        if cell.method == "GET" and cell.wrote - KEPT_ANYWAY and cell.endpoint.name != "learning.unit"
    ]
    assert not changing, _told(changing)


def test_a_stranger_is_asked_to_sign_in_everywhere_but_at_what_is_public(matrix: Matrix) -> None:
    wrong = []
    for cell in matrix.cells(STRANGER):
        if cell.endpoint.is_public:
            continue
        if cell.endpoint.room == "api":
            if cell.status != 401:
                wrong.append(cell)
        elif cell.status not in (303, 307) or not cell.location.startswith("/sign-in"):
            wrong.append(cell)
    assert not wrong, _told(wrong)


def test_what_is_public_is_short_and_known(demo_app: Flask) -> None:
    assert {one.name for one in endpoints(demo_app) if one.is_public} == {
        "accounts.accept_invitation",
        "accounts.choose_theme",
        "accounts.invitation",
        "accounts.open_session",
        "accounts.sign_in",
        "accounts.sign_in_keeping",
        "api.certificate",
        "brand_stylesheet",
        "certificates.check_document",
        "certificates.key",
        "certificates.keys",
        "certificates.public_credential",
        "certificates.status_list",
        "certificates.published_keys",
        "certificates.verified",
        "certificates.verify",
        "demo.choose_person",
        "demo.sign_in",
        "demo_mail.mail",
        "demo_mail.mails",
        "reports.alive",
        "reports.home",
        "reports.ready",
    }


def test_the_matrix_reaches_every_address(matrix: Matrix) -> None:
    """So that a test that finds nothing has also looked: somebody gets a page, and somebody's act comes past the door."""
    reached = {
        (cell.endpoint.rule, cell.method)
        for identity in IDENTITIES
        for cell in matrix.cells(identity)
        if cell.whose is Whose.OWN and cell.status not in (403, 404)
    }
    wanted = {(one.rule, method) for one in matrix.endpoints for method in one.methods}
    assert not wanted - reached, f"Nobody reached {sorted(wanted - reached)}"
