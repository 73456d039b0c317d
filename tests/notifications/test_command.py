import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.accounts import services as accounts
from app.cli.worker import worker_command
from app.kernel.clock import now
from tests.ground.world import BUILDER

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ada(world, in_transaction):
    made = world.learner("Ada Byron", world.partner("Acme"))
    with in_transaction() as session:
        accounts.invite(session, made, by=BUILDER, at=now())
    return made


def test_the_worker_can_be_run_once(app, ada):
    found = app.test_cli_runner().invoke(worker_command, ["--once"])
    assert found.exit_code == 0
    assert found.output.startswith("1 sent, 0 certificates made, 0 no longer needed, 0 to be tried again.")
    [mail] = app.config["SETTINGS"].mail_folder.iterdir()
    assert b"Ada Byron" in mail.read_bytes()


@pytest.mark.one_engine
def test_a_worker_sends_and_ends_when_it_is_asked_to(app, ada):
    settings = app.config["SETTINGS"]
    environment = {
        **os.environ,
        "GOOD_STANDING_MODE": "testing",
        "GOOD_STANDING_SECRET_KEY": settings.secret_key,
        "GOOD_STANDING_DATA_FOLDER": str(settings.data_folder),
        "DATABASE_URL": settings.database_url,
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert "as files to" in process.stdout.readline()
        for _ in range(600):
            if settings.mail_folder.is_dir() and list(settings.mail_folder.glob("*.eml")):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "The worker has stopped" in said
    assert len(list(settings.mail_folder.glob("*.eml"))) == 1
