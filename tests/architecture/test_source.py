"""Rules that an import contract can't state, read off the syntax trees of app/."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APP = ROOT / "app"
CLOCK = APP / "kernel" / "clock.py"
MONEY_ROOMS = (APP / "incentives", APP / "kernel" / "money.py")
LONGEST_FILE = 500
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
ASKS_THE_TIME = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}


def sources(*places: Path) -> list[Path]:
    return sorted(
        path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")) if path.is_file()
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def calls_for_the_time(path: Path) -> Iterator[ast.AST]:
    """`datetime.now()`, `date.today()`, `time.time()` and their kin, however the module was imported."""
    clock_names = {"datetime", "date"}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            clock_names |= {alias.asname or alias.name for alias in node.names if alias.name in ("datetime", "time")}
        elif isinstance(node, ast.ImportFrom) and node.module == "datetime":
            clock_names |= {alias.asname or alias.name for alias in node.names if alias.name in ("datetime", "date")}
        elif (
            isinstance(node, ast.ImportFrom) and node.module == "time" and ASKS_THE_TIME & {a.name for a in node.names}
        ):
            yield node
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and node.attr in ASKS_THE_TIME:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner in clock_names and not (owner == "datetime" and node.attr == "time"):
                yield node


def test_only_the_clock_asks_what_time_it_is() -> None:
    asked = [named(path, node) for path in sources(APP) if path != CLOCK for node in calls_for_the_time(path)]
    assert not asked, f"These ask the machine instead of app.kernel.clock: {asked}"


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime as dt\ndt.datetime.utcnow()",
        "from datetime import date as day\nday.today()",
        "import time\ntime.time()",
        "from time import time\ntime()",
    ],
)
def test_every_way_of_asking_is_seen(tmp_path: Path, source: str) -> None:
    (tmp_path / "asks.py").write_text(source)
    assert list(calls_for_the_time(tmp_path / "asks.py"))


@pytest.mark.parametrize("source", ["x = 1.5", "x: float", "x = 3 / 2", "x = Column(Float)", "x = float('1')"])
def test_every_float_is_seen(tmp_path: Path, source: str) -> None:
    (tmp_path / "money.py").write_text(source)
    assert list(floats_in(tmp_path / "money.py"))


def judgement() -> list[Path]:
    """The rooms' rules and the access policy: values in, values out."""
    return [
        path
        for path in sources(APP)
        if "rules" in path.relative_to(APP).with_suffix("").parts or path.is_relative_to(APP / "access")
    ]


def test_rules_are_told_what_time_it_is() -> None:
    asking = [
        named(path, node)
        for path in judgement()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and node.module == "app.kernel.clock"
        and any(alias.name in ("now", "stopped_at") for alias in node.names)
    ]
    assert judgement()
    assert not asking, f"These rules ask for the time instead of taking it: {asking}"


def floats_in(path: Path) -> Iterator[ast.AST]:
    """Float names, float literals, float columns, and the division that makes floats of integers."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Constant(value=float()) | ast.Name(id="float" | "Float" | "Double" | "REAL"):
                yield node
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str()) | ast.JoinedStr()):
                continue  # a file's path
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node


def test_money_is_never_a_float() -> None:
    found = [named(path, node) for path in sources(*MONEY_ROOMS) for node in floats_in(path)]
    assert sources(*MONEY_ROOMS)
    assert not found, f"Floats, or divisions that make them, in money code: {found}"


def test_every_module_name_says_what_it_holds() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for path in sources(APP, ROOT / "tests", ROOT / "benchmarks")
        if NAMES_THAT_SAY_NOTHING & set((path.parent.name if path.stem == "__init__" else path.stem).split("_"))
    ]
    assert not vague, f"Say what is in them: {vague}"


def test_no_file_is_longer_than_a_reader_holds() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(APP)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long, f"Split these by noun: {long}"


def test_tests_do_not_mock_our_own_code() -> None:
    mocked = [
        named(path, node)
        for path in sources(ROOT / "tests")
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest"))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("unittest") for alias in node.names))
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "setattr"
            and getattr(node.func.value, "id", "") == "monkeypatch"
            and node.args
            and "app." in ast.unparse(node.args[0])
        )
    ]
    assert not mocked, f"Fakes are for mail and the clock only: {mocked}"


@pytest.mark.parametrize("word", ["TODO", "FIXME"])
def test_nothing_is_left_for_later(word: str) -> None:
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources(APP)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if word in line.partition("#")[2]
    ]
    assert not left, f"{word} in: {left}"
