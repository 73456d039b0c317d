"""What is asked of the server in each row, and of the bare application beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.load import Ask
from benchmarks.world import Browser, World

PAGE = "flask + jinja page"
HELLO = "flask hello"
COMMIT = "one-row commit"


@dataclass(frozen=True)
class Scenario:
    """One row. `once` is set where each request counts only the first time it is sent."""

    name: str
    baseline: str
    asks: Sequence[Ask]
    once: bool = False


def bare_hello() -> list[Ask]:
    return [_get("/hello")]


def bare_page(size: int) -> list[Ask]:
    return [_get(f"/page/{size}")]


def bare_commit() -> list[Ask]:
    return [_post("/rows", {"text": "opt-2"}, accept="*/*", status=204)]


def scenarios(world: World) -> list[Scenario]:
    """Every row that is measured over the wire."""
    return [
        Scenario("lesson page", PAGE, _lessons(world.readers)),
        Scenario("lesson page, first view", PAGE, _lessons(world.newcomers), once=True),
        Scenario("answer save", COMMIT, _answers(world)),
        Scenario("task list", PAGE, [_get("/tasks", browser) for browser in world.learners]),
        Scenario("assignments list", PAGE, [_get("/assignments", world.representative)]),
        Scenario("verify page", PAGE, [_get(f"/verify/{number}") for number in world.certificates]),
    ]


def _lessons(readers: Sequence[tuple[Browser, int, Sequence[int]]]) -> list[Ask]:
    """Lesson by lesson, so that neighbours in time are different people."""
    most = max(len(positions) for _, _, positions in readers)
    return [
        _get(f"/registrations/{registration_id}/units/{positions[turn]}", browser)
        for turn in range(most)
        for browser, registration_id, positions in readers
        if turn < len(positions)
    ]


def _answers(world: World) -> list[Ask]:
    """What the page's script sends when somebody chooses: another option each time round, so that there is something to save."""
    return [
        _post(
            f"/attempts/{attempt_id}/answers/{asked.question_id}",
            {"csrf_token": browser.csrf_token, asked.field: asked.options[turn]},
            browser,
            accept="application/json",
        )
        for turn in range(2)
        for number in range(max(len(questions) for _, _, questions in world.answering))
        for browser, attempt_id, questions in world.answering
        for asked in questions[number : number + 1]
    ]


# What a browser says of itself with every request.
_SAID = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept-Language", "en-GB,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br"),
)


def _get(path: str, browser: Browser | None = None) -> Ask:
    return Ask("GET", path, _headers("text/html,application/xhtml+xml,*/*;q=0.8", browser))


def _post(path: str, fields: dict[str, str], browser: Browser | None = None, *, accept: str, status: int = 200) -> Ask:
    body = urlencode(fields).encode()
    sent = (("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body))))
    return Ask("POST", path, (*_headers(accept, browser), *sent), body, status)


def _headers(accept: str, browser: Browser | None) -> tuple[tuple[str, str], ...]:
    cookie = (("Cookie", browser.cookie),) if browser else ()
    return (("Host", "127.0.0.1"), ("Accept", accept), *_SAID, *cookie)
