"""A hardware token made of files: SoftHSM 2 in a folder of the test's own, with a key for every case.

Run as a program it makes the token, in a process of its own: a process may be logged in to a token only once.
"""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11 import Attribute, CertificateType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from tests.certificates.authority import certificate

PIN = "648219"
LABEL = "Good Standing test"
MODULE = next((path for path in sorted(Path("/usr/lib").glob("**/libsofthsm2.so"))), None)


def make(folder: Path) -> None:
    """A token in the folder, in another process; from then on this process's SoftHSM looks there."""
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    _run("softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "91827364")
    _run(sys.executable, "-m", "tests.certificates.soft_token", str(folder))


def replace_key(folder: Path) -> None:
    """Put another key and certificate in the place of `rotating`, as an operator does with the token's own program."""
    _run(sys.executable, "-m", "tests.certificates.soft_token", str(folder), "rotate")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


class _Desk:
    """Puts keys and certificates into the token."""

    def __init__(self, session: pkcs11.Session) -> None:
        self.session = session
        self.authority_key = ec.generate_private_key(ec.SECP256R1())
        self.authority = certificate(
            "Example Authority", self.authority_key, "Example Authority", self.authority_key, authority=True
        )
        self.made = 0

    def key(self, label: str, kind: str = "ec", *, lasts: int = 700, keep: bool = True) -> x509.Certificate:
        self.made += 1
        identity = bytes([self.made])
        private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if kind == "ec":
            private = ec.generate_private_key(ec.SECP256R1())
            attributes = decode_ec_private_key(_der(private))
        else:
            private = rsa.generate_private_key(65537, 1024 if kind == "short" else 2048)
            attributes = decode_rsa_private_key(_der(private))
        attributes |= {Attribute.TOKEN: True, Attribute.LABEL: label, Attribute.ID: identity, Attribute.SIGN: True}
        self.session.create_object(attributes)
        found = certificate(
            f"Northwind Harbor {label}", private, "Example Authority", self.authority_key, lasts=timedelta(days=lasts)
        )
        if keep:
            self.certificate(found, label, identity)
        return found

    def certificate(self, found: x509.Certificate, label: str, identity: bytes) -> None:
        self.session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.ID: identity,
                Attribute.SUBJECT: found.subject.public_bytes(),
                Attribute.VALUE: found.public_bytes(serialization.Encoding.DER),
            }
        )


def _der(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def _furnish(folder: Path, session: pkcs11.Session) -> None:
    desk = _Desk(session)
    desk.key("signing")
    desk.certificate(desk.authority, "authority", b"authority")
    desk.key("rsa", "rsa")
    desk.key("short", "short")
    bare = desk.key("bare", keep=False)
    (folder / "bare.pem").write_bytes(_pem(bare, desk.authority))
    desk.key("twice")
    desk.key("twice")
    desk.key("ending", lasts=20)
    desk.key("ended", lasts=0)
    desk.key("rotating")
    (folder / "stranger.pem").write_bytes(_pem(desk.authority))


def _rotate(session: pkcs11.Session) -> None:
    for old in list(session.get_objects({Attribute.LABEL: "rotating"})):
        old.destroy()
    desk = _Desk(session)
    desk.made = 100
    desk.key("rotating")


if __name__ == "__main__":
    with (
        pkcs11.lib(str(MODULE)).get_token(token_label=LABEL).open(user_pin=PIN, rw=True) as opened  # type: ignore[union-attr]
    ):
        if "rotate" in sys.argv:
            _rotate(opened)
        else:
            _furnish(Path(sys.argv[1]), opened)
