"""The key that signs credentials: made once, read by nobody else, its public half kept for ever."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.jwk import RSAKey

from app.certificates.credential.keys import (
    CredentialKey,
    PublicKey,
    keep_public_half,
    load_key,
    make_key,
    open_or_make_key,
    public_halves,
)
from app.certificates.document.errors import KeyRefused
from app.certificates.issuer import issuer
from tests.ground.application import settings_for

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def stored(path: Path, key: Private, passphrase: str = "") -> Path:
    """An operator's own key: a PEM file, PKCS#8, mode 0600."""
    hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        hidden = serialization.BestAvailableEncryption(passphrase.encode())
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))
    path.chmod(0o600)
    return path


def test_a_key_is_made_at_the_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "credential.pem"
    made = open_or_make_key(path, passphrase="secret")
    assert open_or_make_key(path, passphrase="secret").public == made.public
    assert made.private_key.key_size == 2048
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["credential.pem"]
    assert "private" not in repr(made).lower()


def test_starting_at_the_same_time_makes_one_key(tmp_path: Path) -> None:
    path = tmp_path / "credential.pem"
    keys: list[CredentialKey] = []
    starts = [threading.Thread(target=lambda: keys.append(open_or_make_key(path))) for _ in range(6)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(keys) == 6
    assert len({key.public.thumbprint for key in keys}) == 1


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "credential.pem"
    make_key(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        make_key(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["credential.pem"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o622])
def test_a_key_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "credential.pem"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_key(path)


def test_a_wrong_passphrase_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "credential.pem"
    make_key(path, passphrase="right")
    for passphrase in ("wrong", ""):
        with pytest.raises(KeyRefused, match="passphrase is wrong"):
            load_key(path, passphrase=passphrase)
    with pytest.raises(KeyRefused, match="no file for the credential key"):
        load_key(tmp_path / "none.pem")
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    with pytest.raises(KeyRefused, match="isn't a file"):
        load_key(folder)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "credential.pem"
    for content in (b"", b"-----BEGIN PRIVATE KEY-----", os.urandom(500)):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyRefused, match="PEM file"):
            load_key(path)


def test_an_operators_own_key_is_taken(tmp_path: Path) -> None:
    own = rsa.generate_private_key(65537, 3072)
    found = load_key(stored(tmp_path / "own.pem", own, "secret"), passphrase="secret")
    assert found.private_key.private_numbers() == own.private_numbers()


@pytest.mark.parametrize(
    ("unfit", "sentence"),
    [
        (rsa.generate_private_key(65537, 1024), "too short"),
        (ec.generate_private_key(ec.SECP256R1()), "has to be an RSA key"),
        (ed25519.Ed25519PrivateKey.generate(), "has to be an RSA key"),
    ],
    ids=["short", "elliptic curve", "Ed25519"],
)
def test_an_unfit_key_is_refused(unfit: Private, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match=sentence):
        load_key(stored(tmp_path / "own.pem", unfit))


def test_the_thumbprint_is_the_one_of_the_standard(tmp_path: Path) -> None:
    """The example of RFC 7638, section 3.1; and another library's answer for a key of ours."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
        "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
        "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
        "nqDKgw"
    )
    assert PublicKey(n=n, e="AQAB").thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    key = make_key(tmp_path / "credential.pem")
    assert key.public.thumbprint == RSAKey.import_key(key.private_key).thumbprint()


def test_a_published_key_has_no_private_part(tmp_path: Path) -> None:
    key = make_key(tmp_path / "credential.pem")
    assert set(key.public.jwk("https://a.example")) == {"kty", "use", "alg", "kid", "n", "e"}
    assert set(json.loads(key.public.canonical())) == {"kty", "n", "e"}


def test_public_halves_are_kept_and_a_damaged_one_is_noticed(tmp_path: Path) -> None:
    keys = [make_key(tmp_path / f"{number}.pem").public for number in range(3)]
    kept = tmp_path / "kept"
    for key in [*keys, keys[0]]:
        keep_public_half(kept, key)
    assert {key.thumbprint for key in public_halves(kept)} == {key.thumbprint for key in keys}
    assert len(list(kept.iterdir())) == 3
    damaged = kept / f"{keys[0].thumbprint}.json"
    for content in (b"", b"{}", b'{"n": 1, "e": 2}', b"[]", keys[0].canonical().replace(b":", b": ")):
        damaged.write_bytes(content)
        with pytest.raises(KeyRefused, match="Restore it from a backup"):
            public_halves(kept)


def test_a_new_key_takes_over_without_a_restart_and_the_old_one_is_still_known(tmp_path: Path) -> None:
    settings = settings_for("sqlite://", tmp_path)
    old = issuer(settings).credential_key.public
    path = tmp_path / "credential-key.pem"
    path.unlink()
    stored(path, rsa.generate_private_key(65537, 2048))
    new = issuer(settings).credential_key.public
    assert new != old
    assert set(issuer(settings).credential_keys) == {old, new}
