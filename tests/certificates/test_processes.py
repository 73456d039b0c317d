"""Printing from several threads and processes, where it used to go wrong without a word."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from app.certificates.rules.snapshot import Locale
from tests.certificates import specimens

ROOT = Path(__file__).resolve().parents[2]
IN_ANOTHER_PROCESS = """
import sys
from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from tests.certificates import specimens
from app.certificates.rules.snapshot import Locale
order = [Locale(tag) for tag in sys.argv[1:]]
made = {locale: render(specimens.program(locale=locale), brand=Brand("#0b5c6b")) for locale in order}
sys.stdout.buffer.write(b"".join(made[locale] for locale in Locale))
"""


@pytest.mark.parametrize("order", [("en", "fr", "ar"), ("ar", "fr", "en")], ids=" ".join)
def test_a_new_process_makes_the_same_bytes_in_any_order_of_languages_and_ends_well(
    order: tuple[str, ...], brand: Brand
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_ANOTHER_PROCESS, *order], cwd=ROOT, capture_output=True, timeout=60
    )
    assert done.stderr == b""
    assert done.returncode == 0
    assert done.stdout == b"".join(render(specimens.program(locale=locale), brand=brand) for locale in Locale)


FORK_AND_END = """
import os, sys
from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from tests.certificates import specimens
brand = Brand("#0b5c6b")
before = render(specimens.course(), brand=brand)
child = os.fork()
if child == 0:
    sys.exit(0 if render(specimens.course(), brand=brand) == before else 1)
status = os.waitpid(child, 0)[1]
assert status == 0, status
assert render(specimens.course(), brand=brand) == before
"""


def test_a_child_that_ends_as_programs_do_takes_nothing_from_its_parent() -> None:
    done = subprocess.run([sys.executable, "-c", FORK_AND_END], cwd=ROOT, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


BUSY_FORK = """
import os, sys, threading
from app.certificates.document.brand import Brand
from app.certificates.document.press import press
from app.certificates.document.render import render
from tests.certificates import specimens
inside, leave = threading.Event(), threading.Event()
def hold():
    with press():
        inside.set()
        leave.wait(30)
thread = threading.Thread(target=hold)
thread.start()
inside.wait(30)
child = os.fork()
if child == 0:
    render(specimens.course(), brand=Brand("#0b5c6b"))
    os._exit(0)
status = os.waitpid(child, 0)[1]
leave.set()
thread.join()
sys.exit(status)
"""


def test_a_fork_while_another_thread_prints_leaves_no_lock_behind() -> None:
    done = subprocess.run([sys.executable, "-c", BUSY_FORK], cwd=ROOT, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_importing_the_rules_and_the_renderer_does_not_load_the_typesetter() -> None:
    script = "import sys, app.certificates.document.render; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60).returncode == 0
