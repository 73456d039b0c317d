"""Gunicorn as the portal ships it: the settings of gunicorn.conf.py, on a free port of this machine."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WAIT = 60.0


class ServerDidNotStart(RuntimeError):
    """Holds what the server said last."""


class Server:
    """`application` (`module:name`) under two workers, started and answering. It listens on 127.0.0.1 alone."""

    def __init__(self, application: str, *, alive: str, log: Path) -> None:
        self._listening = socket.socket(socket.AF_INET)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(256)
        self._listening.set_inheritable(True)
        self.port: int = self._listening.getsockname()[1]
        handed_on = self._listening.fileno()
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        command += ["--bind", f"fd://{handed_on}", application]
        # Should this process be killed outright, the server goes too.
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "TERM", *command]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "WEB_CONCURRENCY": "2", "GOOD_STANDING_LOG_LEVEL": "warning"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[handed_on],
            )
        if not self._answers(alive):
            self.stop()
            raise ServerDidNotStart(f"{application} did not come up:\n{log.read_text(errors='replace')[-2000:]}")

    def _answers(self, path: str) -> bool:
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline and self._process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
            try:
                connection.request("GET", path)
                return connection.getresponse().status == 200
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        return False

    def stop(self) -> None:
        """End it; again does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._listening.close()
