"""Printing from several threads and processes, where it used to go wrong without a word."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from tests.certificates import specimens
from tests.certificates.reading import squeezed, text

ROOT = Path(__file__).resolve().parents[2]
IN_ANOTHER_PROCESS = """
import sys
from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from tests.certificates import specimens
sys.stdout.buffer.write(render(specimens.program(), brand=Brand("#0b5c6b")))
"""


def test_a_new_process_makes_the_same_bytes_and_ends_well(program_pdf: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_ANOTHER_PROCESS], cwd=ROOT, capture_output=True, timeout=60
    )
    assert done.stderr == b""
    assert done.returncode == 0
    assert done.stdout == program_pdf


def test_threads_make_the_same_bytes(program_pdf: bytes, course_pdf: bytes, brand: Brand) -> None:
    wanted = [specimens.program(), specimens.course()] * 6
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda snapshot: render(snapshot, brand=brand), wanted))
    assert [sha256(pdf).hexdigest() for pdf in made] == [
        sha256(pdf).hexdigest() for pdf in [program_pdf, course_pdf] * 6
    ]


def test_children_of_a_fork_print_and_so_does_the_parent_when_they_have_ended(
    program_pdf: bytes, course_pdf: bytes, brand: Brand, tmp_path: Path
) -> None:
    # The parent has printed already (the fixtures), as a server has that loads the application before it forks.
    for number in range(2):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                (tmp_path / f"{number}.pdf").write_bytes(render(specimens.course(), brand=brand))
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert (tmp_path / f"{number}.pdf").read_bytes() == course_pdf
    again = render(specimens.program(), brand=brand)
    assert again == program_pdf
    assert squeezed("Brightwater Systems GmbH") in squeezed(text(again))


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
