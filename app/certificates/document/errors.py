"""Why a certificate isn't issued or signed. Each sentence is fit to be shown to the person who asked for it."""

from app.kernel.errors import DomainError


class CertificateRefused(DomainError):
    """The document would be broken, so there is none."""


class UnprintableText(CertificateRefused):
    """A name or title has characters that no installed font can draw, or that would upset the text around them."""


class TooLongForOnePage(CertificateRefused):
    """A certificate is one page; this one would need two even in its smallest type."""


class UnusablePicture(CertificateRefused):
    """The vendor's logo, seal or signature isn't an image that can be printed; the sentence names which."""


class KeyRefused(DomainError):
    """The signing key mustn't or can't be used. The sentence says what the operator has to do."""


class AmbiguousStream(RuntimeError):
    """These very facts can't be written without a stream whose end a checker misreads. Another number makes another picture of it."""
