"""Whether this machine can print certificates."""

import subprocess
import sys
from pathlib import Path

from app.certificates.document.environment import checks

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_PANGO = """
import ctypes.util, sys
from importlib.abc import MetaPathFinder

class NoPango(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")

sys.meta_path.insert(0, NoPango())
from app.certificates.document.environment import checks
for check in checks():
    print(check.name, check.ok, check.sentence)
"""


def test_this_machine_can_print_certificates() -> None:
    assert [(check.name, check.ok) for check in checks()] == [
        ("pango", True),
        ("harfbuzz-subset", True),
        ("font-latin", True),
        ("font-arabic", True),
        ("font-hebrew", True),
        ("font-devanagari", True),
        ("font-thai", True),
        ("font-cjk", True),
    ]
    assert all(check.sentence.endswith(".") for check in checks())


def test_a_machine_without_pango_is_told_what_to_install() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_PANGO], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert said.startswith("pango False")
    assert "libpango-1.0-0" in said


def test_a_machine_without_fonts_is_told_what_to_install(tmp_path: Path) -> None:
    configuration = tmp_path / "fonts.conf"
    latin_only = "/usr/share/fonts/truetype/dejavu"
    configuration.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{latin_only}</dir>'
        f"<cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    script = (
        "from app.certificates.document.environment import checks\n"
        "for check in checks(): print(check.name, check.ok, check.sentence)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"FONTCONFIG_FILE": str(configuration), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert "font-latin True" in said
    assert "font-cjk False" in said
    assert "Install fonts-noto-cjk." in said
