"""A signing key in a hardware token, here SoftHSM: what it signs, and what is said when it can't."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.certificates.document.errors import KeyRefused
from app.certificates.document.keys import is_self_made
from app.certificates.document.sign import sign
from app.certificates.document.token import KeyPlace, close_sessions, load_token_key
from app.certificates.document.verification import verify
from app.certificates.issuer import issuer, signing_key
from app.settings import Mode, Settings
from tests.certificates import soft_token
from tests.certificates.moments import ISSUED_AT
from tests.certificates.reading import findings
from tests.certificates.soft_token import LABEL, MODULE, PIN

pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None,
    reason="SoftHSM isn't installed: scripts/system-packages test installs softhsm2",
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def token_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("token")
    soft_token.make(folder)
    return folder


@pytest.fixture
def place(token_folder: Path) -> KeyPlace:
    assert MODULE is not None
    close_sessions()
    return KeyPlace(MODULE, LABEL, "signing", PIN)


@pytest.mark.parametrize("label", ["signing", "rsa"])
def test_what_the_token_signs_verifies_everywhere(
    label: str, place: KeyPlace, program_pdf: bytes, tmp_path: Path
) -> None:
    key = load_token_key(replace(place, key=label), now=ISSUED_AT)
    signed = sign(program_pdf, key, at=ISSUED_AT)
    verdict = verify(signed, [key.certificate])
    assert verdict.ok, verdict.sentence
    assert verdict.signer == f"Northwind Harbor {label}"
    assert findings(signed) == []
    (tmp_path / "certificate.pdf").write_bytes(signed)
    said = subprocess.run(["pdfsig", tmp_path / "certificate.pdf"], capture_output=True, text=True, timeout=60).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_the_certificates_that_vouch_for_it_come_along(place: KeyPlace, program_pdf: bytes) -> None:
    key = load_token_key(place, now=ISSUED_AT)
    assert [one.subject.rfc4514_string() for one in key.chain] == ["CN=Example Authority"]
    assert not is_self_made(key.certificate)
    assert verify(sign(program_pdf, key, at=ISSUED_AT), key.chain).ok


def test_the_certificate_may_be_in_a_file(place: KeyPlace, token_folder: Path, program_pdf: bytes) -> None:
    key = load_token_key(replace(place, key="bare", certificate_path=token_folder / "bare.pem"), now=ISSUED_AT)
    assert verify(sign(program_pdf, key, at=ISSUED_AT), [key.certificate]).ok
    assert len(key.chain) == 1


@pytest.mark.parametrize(
    ("change", "says", "names"),
    [
        ({"module": Path("/nowhere/token.so")}, "no PKCS#11 module", "GOOD_STANDING_PKCS11_MODULE"),
        ({"module": Path(__file__)}, "can't be used as a PKCS#11 module", "GOOD_STANDING_PKCS11_MODULE"),
        ({"token": "Another"}, "no token with the label “Another”", "GOOD_STANDING_PKCS11_TOKEN"),
        ({"key": "absent"}, "no private key", "GOOD_STANDING_PKCS11_KEY"),
        ({"key": "twice"}, "several private keys", "GOOD_STANDING_PKCS11_KEY"),
        ({"key": "bare"}, "no certificate for the key", "GOOD_STANDING_PKCS11_CERTIFICATE_PATH"),
        ({"key": "short"}, "too short", "2048"),
        ({"key": "ending"}, "less than 30 days ahead", "Put a new one in its place"),
        ({"key": "ended"}, "ended on", "Put a new one in its place"),
    ],
)
def test_what_is_wrong_is_named_with_its_setting(
    change: dict[str, object], says: str, names: str, place: KeyPlace
) -> None:
    with pytest.raises(KeyRefused) as refused:
        load_token_key(replace(place, **change), now=ISSUED_AT)  # type: ignore[arg-type]
    assert says in refused.value.sentence
    assert names in refused.value.sentence


def test_a_key_that_is_not_valid_yet_is_refused(place: KeyPlace) -> None:
    with pytest.raises(KeyRefused, match="isn't valid before"):
        load_token_key(place, now=ISSUED_AT - timedelta(days=30))


def test_a_wrong_pin_is_tried_once_only(place: KeyPlace) -> None:
    wrong = replace(place, pin="000000")
    with pytest.raises(KeyRefused, match="PIN of the token .* is wrong. Correct GOOD_STANDING_PKCS11_PIN"):
        load_token_key(wrong, now=ISSUED_AT)
    # A token locks itself after a few; trying at every page would do that within seconds.
    for _ in range(20):
        with pytest.raises(KeyRefused, match="isn't tried again so that the token doesn't lock"):
            load_token_key(wrong, now=ISSUED_AT)
    assert load_token_key(place, now=ISSUED_AT).certificate


def test_a_pin_is_shown_nowhere(place: KeyPlace) -> None:
    assert PIN not in repr(place)
    assert PIN not in repr(load_token_key(place, now=ISSUED_AT))


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "can't be read"), (b"rubbish", "no certificate in PEM form"), ("stranger.pem", "is not that of the key")],
)
def test_a_certificate_file_that_is_not_the_keys_is_refused(
    content: bytes | str | None, says: str, place: KeyPlace, token_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "certificate.pem"
    if isinstance(content, str):
        path = token_folder / content
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(KeyRefused, match=says) as refused:
        load_token_key(replace(place, certificate_path=path), now=ISSUED_AT)
    assert "GOOD_STANDING_PKCS11_CERTIFICATE_PATH" in refused.value.sentence


def test_threads_share_the_token(place: KeyPlace, program_pdf: bytes) -> None:
    def one(_: int) -> bool:
        key = load_token_key(place, now=ISSUED_AT)
        return verify(sign(program_pdf, key, at=ISSUED_AT), [key.certificate]).ok

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(one, range(18)))


FORK = """
import os, sys
from pathlib import Path
from app.certificates.document.sign import sign
from app.certificates.document.token import KeyPlace, load_token_key
from app.certificates.document.verification import verify
from tests.certificates.moments import ISSUED_AT
from tests.certificates.soft_token import LABEL, MODULE, PIN
pdf = Path(sys.argv[1]).read_bytes()
place = KeyPlace(MODULE, LABEL, "signing", PIN)
def works():
    key = load_token_key(place, now=ISSUED_AT)
    return verify(sign(pdf, key, at=ISSUED_AT), [key.certificate]).ok
assert works()
kept = load_token_key(place, now=ISSUED_AT)
for _ in range(2):
    child = os.fork()
    if child == 0:
        # With a key that the parent had opened, and with one of its own.
        held = verify(sign(pdf, kept, at=ISSUED_AT), [kept.certificate]).ok
        os._exit(0 if held and works() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert works()
"""


def test_the_children_of_a_fork_sign_and_so_does_their_parent(
    place: KeyPlace, program_pdf: bytes, tmp_path: Path
) -> None:
    (tmp_path / "program.pdf").write_bytes(program_pdf)
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(tmp_path / "program.pdf")],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        env=os.environ,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_key_replaced_in_the_token_is_used_after_the_next_start_and_both_verify(
    place: KeyPlace, token_folder: Path, program_pdf: bytes, tmp_path: Path, clock: object
) -> None:
    settings = Settings(
        mode=Mode.TESTING,
        data_folder=tmp_path,
        pkcs11_module=place.module,
        pkcs11_token=LABEL,
        pkcs11_key="rotating",
        pkcs11_pin=PIN,
    )
    clock.move_to(ISSUED_AT)  # type: ignore[attr-defined]
    before = signing_key(settings)
    old = sign(program_pdf, before, at=ISSUED_AT)
    soft_token.replace_key(token_folder)
    close_sessions()
    after = signing_key(settings)
    assert after.fingerprint != before.fingerprint
    with pytest.raises(KeyRefused, match="was replaced a moment ago"):
        sign(program_pdf, before, at=ISSUED_AT)
    trusted = issuer(settings).trusted
    assert verify(old, trusted).ok
    assert verify(sign(program_pdf, after, at=ISSUED_AT), trusted).ok


def test_a_session_that_the_token_ended_costs_one_refusal(place: KeyPlace, program_pdf: bytes) -> None:
    key = load_token_key(place, now=ISSUED_AT)
    # As when the token is pulled out, or its service starts anew.
    key.signer().pkcs11_session.close()  # type: ignore[attr-defined]
    with pytest.raises(KeyRefused, match="can't be used .* See that it is connected"):
        sign(program_pdf, key, at=ISSUED_AT)
    assert verify(sign(program_pdf, key, at=ISSUED_AT), [key.certificate]).ok


@pytest.mark.parametrize("missing", ["pkcs11_token", "pkcs11_key", "pkcs11_pin"])
def test_a_setting_that_is_missing_is_named_at_the_start(missing: str, tmp_path: Path) -> None:
    given = {"pkcs11_token": LABEL, "pkcs11_key": "signing", "pkcs11_pin": PIN, missing: ""}
    with pytest.raises(ValueError, match=f"set GOOD_STANDING_{missing.upper()} too"):
        Settings(mode=Mode.TESTING, pkcs11_module=tmp_path / "token.so", **given)  # type: ignore[arg-type]
