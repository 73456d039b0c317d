"""Prints the access list: `.venv/bin/python -m tests.architecture.routes.access > tests/architecture/routes/access.txt`."""

import sys
import tempfile
from pathlib import Path

from app import create_app
from app.settings import Mode, Settings
from tests.architecture.routes.addresses import endpoints


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(mode=Mode.DEMO, data_folder=Path(folder), database_url=""))
        sys.stdout.write("".join(f"{one.listed()}\n" for one in endpoints(app)))


if __name__ == "__main__":
    main()
