"""Reading a stranger's file in a process of its own, which may use little time and memory and can write nothing.

A PDF of some kilobytes can unpack to gigabytes, or lead its reader in circles. Nothing in the portal waits for that: the
process is ended by the system when its time or memory is used up, and what it had found counts.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.certificates.document.examination import Examination, decoded, gathered
from app.kernel.errors import DomainError

SECONDS = 10
_CPU_SECONDS = 5
_MEMORY = 512 * 1024 * 1024
_AT_ONCE = 2
_WAIT_SECONDS = 10

_APP = Path(__file__).resolve().parents[2]
# Limits first, then the few modules that reading takes: the rest of the portal isn't loaded, least of all its settings.
_PROGRAM = f"""
import resource, sys, types
resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_SECONDS}, {_CPU_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
sys.dont_write_bytecode = True
portal = types.ModuleType("app")
portal.__path__ = [{str(_APP)!r}]
sys.modules["app"] = portal
from app.certificates.document.examination import tell
tell()
"""

_places = threading.BoundedSemaphore(_AT_ONCE)


class TooBusy(DomainError):
    """More files are being checked than there is room for."""


def examine_confined(
    pdf: bytes, trusted: Sequence[x509.Certificate], *, timestamp_roots: Sequence[x509.Certificate] = ()
) -> Examination:
    """What `examine` finds, as far as it is found within ten seconds and 512 MB. Raises TooBusy, nothing else.

    Some 0.7 s of a core, most of it for the start of a process.
    """
    if not _places.acquire(timeout=_WAIT_SECONDS):
        raise TooBusy("Many files are being checked at this moment. Try again in a minute.", field="document")
    try:
        head = json.dumps([_pem(tuple(trusted)), _pem(tuple(timestamp_roots))]).encode()
        return gathered(_findings(_told(head + b"\n" + pdf)))
    finally:
        _places.release()


def _told(request: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and a program that is all ours
            [sys.executable, "-I", "-c", _PROGRAM],
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as late:
        return late.stdout or b""
    return done.stdout


def _findings(told: bytes) -> Iterator[dict[str, Any]]:
    for line in told.decode("utf-8", errors="replace").splitlines():
        try:
            yield decoded(line)
        except (ValueError, KeyError, TypeError):
            # The process was ended in the middle of a line.
            return


@cache
def _pem(certificates: tuple[x509.Certificate, ...]) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates)
