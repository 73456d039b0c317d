"""A signing key that never leaves its hardware token: PKCS#11.

Each process has one session with a token. A module makes no promise to be called by several threads, and none that a
session outlives a fork: every call is made under one lock, and a child begins anew.
"""

import asyncio
import os
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pkcs11 import Attribute, Mechanism, ObjectClass
from pyhanko.sign.pkcs11 import PKCS11Signer
from pyhanko.sign.signers import Signer

from app.certificates.document.errors import KeyRefused
from app.certificates.document.keys import SigningKey, asn1, fingerprint, refuse_unfit, refuse_unless_valid

_MODULE = "GOOD_STANDING_PKCS11_MODULE"
_TOKEN = "GOOD_STANDING_PKCS11_TOKEN"  # noqa: S105 - the name of a setting
_KEY = "GOOD_STANDING_PKCS11_KEY"
_PIN = "GOOD_STANDING_PKCS11_PIN"
_CERTIFICATE = "GOOD_STANDING_PKCS11_CERTIFICATE_PATH"
_PROBE = b"Does this key belong to this certificate?"


@dataclass(frozen=True)
class KeyPlace:
    """Where in a token the key is: the settings of the same names. `certificate_path` is a PEM file, None: in the token."""

    module: Path
    token: str
    key: str
    pin: str = field(repr=False)
    certificate_path: Path | None = None


@dataclass(frozen=True)
class TokenKey(SigningKey):
    """A key in a token. Get one from `load_token_key`."""

    place: KeyPlace

    def signer(self) -> Signer:
        opened = _opened(self.place)
        if opened.certificate != self.certificate:
            raise KeyRefused("The signing key in the token was replaced a moment ago. Try again.")
        return opened.signer


def load_token_key(place: KeyPlace, *, now: datetime) -> TokenKey:
    """The key of that label in that token. Quick after the first time: the session stays open.

    Raises KeyRefused, naming the setting to mend, when module, token, key or certificate aren't there, the PIN is wrong (it
    isn't tried twice: tokens lock), they don't belong together, or the certificate isn't valid yet, has ended or ends soon.
    """
    opened = _opened(place)
    name = f"The signing key “{place.key}” in the token “{place.token}”"
    refuse_unfit(opened.certificate.public_key(), name)
    refuse_unless_valid(opened.certificate, now, name=name)
    return TokenKey(certificate=opened.certificate, chain=opened.chain, place=place)


@dataclass(frozen=True)
class _Opened:
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signer: Signer
    file_stamp: int | None


_lock = threading.RLock()
_sessions: dict[tuple[Path, str], pkcs11.Session] = {}
_keys: dict[KeyPlace, _Opened] = {}
_refused_pins: set[tuple[Path, str, str]] = set()
# A parent's sessions: never used in the child, and never closed by it, which might close them for the parent too.
_inherited: list[object] = []
_begun_in: dict[Path, int] = {}


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    _inherited.extend([*_sessions.values(), *_keys.values()])
    _sessions.clear()
    _keys.clear()


os.register_at_fork(after_in_child=_forget_in_child)


def close_sessions() -> None:
    """Leave every token of this process, so that the next use begins anew, with a PIN that was refused tried again."""
    with _lock:
        for session in _sessions.values():
            _close(session)
        _sessions.clear()
        _keys.clear()
        _refused_pins.clear()


def _opened(place: KeyPlace) -> _Opened:
    with _lock:
        known = _keys.get(place)
        if known is None or known.file_stamp != _stamp(place.certificate_path):
            try:
                known = _keys[place] = _open(place)
            except pkcs11.PKCS11Error as error:
                _forget(place)
                raise _no_answer(place, error) from error
        return known


def _open(place: KeyPlace) -> _Opened:
    stamp = _stamp(place.certificate_path)
    session = _session(place)
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: place.key}))
    if len(found) != 1:
        many = "several private keys" if found else "no private key"
        raise KeyRefused(
            f"The token “{place.token}” has {many} with the label “{place.key}”. Set {_KEY} to the label of exactly one."
        )
    identity = found[0][Attribute.ID]
    certificate, chain = (
        _certificates_in_file(place.certificate_path)
        if place.certificate_path
        else _certificates_in_token(session, place, identity)
    )
    refuse_unfit(certificate.public_key(), f"The signing key “{place.key}” in the token “{place.token}”")
    hashed = Mechanism.SHA256_RSA_PKCS
    if isinstance(certificate.public_key(), ec.EllipticCurvePublicKey):
        hashed = Mechanism.ECDSA_SHA256
    signer = _TokenSigner(
        session,
        signing_cert=asn1(certificate),
        ca_chain=[asn1(one) for one in chain],
        key_label=place.key,
        key_id=identity or None,
        # Some tokens, SoftHSM among them, sign a digest that was taken before and take none themselves.
        use_raw_mechanism=hashed not in session.token.slot.get_mechanisms(),
    )
    signer.place = place
    _refuse_strangers(signer, certificate, place)
    return _Opened(certificate, chain, signer, stamp)


def _session(place: KeyPlace) -> pkcs11.Session:
    """The one session of this process with the token; logged in once, since a second login is refused."""
    where = (place.module, place.token)
    if where in _sessions:
        return _sessions[where]
    if (*where, place.pin) in _refused_pins:
        raise KeyRefused(
            f"The token “{place.token}” refused its PIN, which isn't tried again so that the token doesn't lock. "
            f"Correct {_PIN} and start the portal again."
        )
    slots = _library(place.module).get_slots(token_present=True)
    tokens = [token for token in (slot.get_token() for slot in slots) if token.label == place.token]
    if len(tokens) != 1:
        many = "several tokens" if tokens else "no token"
        raise KeyRefused(f"There is {many} with the label “{place.token}”. Set {_TOKEN} to the label of exactly one.")
    try:
        session: pkcs11.Session = tokens[0].open(user_pin=place.pin)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        _refused_pins.add((*where, place.pin))
        raise KeyRefused(
            f"The PIN of the token “{place.token}” is wrong. Correct {_PIN} and start the portal again."
        ) from error
    except pkcs11.PinLocked as error:
        _refused_pins.add((*where, place.pin))
        raise KeyRefused(
            f"The token “{place.token}” is locked: a wrong PIN was tried too often. Unlock it with the token's own program, then check {_PIN}."
        ) from error
    _sessions[where] = session
    return session


def _library(module: Path) -> Any:
    if not module.is_file():
        raise KeyRefused(f"There is no PKCS#11 module at {module}. Set {_MODULE} to the token's library, a .so file.")
    try:
        library = pkcs11.lib(str(module))
        if _begun_in.setdefault(module, os.getpid()) != os.getpid():
            _begin_anew(library)
            _begun_in[module] = os.getpid()
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise KeyRefused(
            f"The file {module} can't be used as a PKCS#11 module ({type(error).__name__}). Set {_MODULE} to the token's library."
        ) from error
    return library


def _begin_anew(library: Any) -> None:
    """What the standard asks of the child of a fork. A module that has noticed the fork by itself has nothing to end."""
    try:
        library.finalize()
    except pkcs11.PKCS11Error:
        library.initialize()
    else:
        library.initialize()


def _certificates_in_file(path: Path) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    try:
        first, *others = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise KeyRefused(f"The certificate {path} can't be read: {error.strerror}. Check {_CERTIFICATE}.") from error
    except ValueError as error:
        raise KeyRefused(
            f"The file {path} is no certificate in PEM form. Check {_CERTIFICATE}: first the key's own certificate, then those of its authorities."
        ) from error
    return first, tuple(others)


def _certificates_in_token(
    session: pkcs11.Session, place: KeyPlace, identity: bytes
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The key's certificate, by the key's identity or else its label, and those that vouch for it."""
    kept = [
        (one[Attribute.ID], one[Attribute.LABEL], x509.load_der_x509_certificate(one[Attribute.VALUE]))
        for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    ]
    own = [found for other, _, found in kept if identity and other == identity]
    own = own or [found for _, label, found in kept if label == place.key]
    if len(own) != 1:
        many = "several certificates" if own else "no certificate"
        raise KeyRefused(
            f"The token “{place.token}” has {many} for the key “{place.key}”. Write the right one into the token, "
            f"or set {_CERTIFICATE} to a PEM file that has it."
        )
    by_subject = {found.subject: found for _, _, found in kept if found != own[0]}
    chain: list[x509.Certificate] = []
    above = by_subject.get(own[0].issuer)
    while above is not None and above not in chain and above != own[0]:
        chain.append(above)
        above = by_subject.get(above.issuer)
    return own[0], tuple(chain)


def _refuse_strangers(signer: "_TokenSigner", certificate: x509.Certificate, place: KeyPlace) -> None:
    """Raise KeyRefused unless what the key signs verifies with the certificate."""
    signature = asyncio.run(signer.async_sign_raw(_PROBE, "sha256"))
    public = certificate.public_key()
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, _PROBE, ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, _PROBE, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        where = f"in {place.certificate_path}" if place.certificate_path else "in the token"
        raise KeyRefused(
            f"The certificate {where} ({fingerprint(certificate)[:16]}…) is not that of the key “{place.key}”. Check {_KEY} and {_CERTIFICATE}."
        ) from error


class _TokenSigner(PKCS11Signer):
    """One call at a time; a session that fails is given up, so that the next signature opens another."""

    place: KeyPlace

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        with _lock:
            try:
                signature: bytes = await super().async_sign_raw(data, digest_algorithm, dry_run)
            except pkcs11.PKCS11Error as error:
                _forget(self.place)
                raise _no_answer(self.place, error) from error
        return signature


def _forget(place: KeyPlace) -> None:
    _keys.clear()
    session = _sessions.pop((place.module, place.token), None)
    if session is not None:
        _close(session)


def _close(session: pkcs11.Session) -> None:
    try:
        session.close()
    except pkcs11.PKCS11Error:
        # It is closed for good either way: the token was pulled out, or the other side ended it.
        return


def _no_answer(place: KeyPlace, error: pkcs11.PKCS11Error) -> KeyRefused:
    return KeyRefused(
        f"The token “{place.token}” can't be used ({type(error).__name__}). See that it is connected and unlocked, and check {_MODULE} and {_TOKEN}."
    )


def _stamp(path: Path | None) -> int | None:
    try:
        return path.stat().st_mtime_ns if path else None
    except FileNotFoundError:
        return None
