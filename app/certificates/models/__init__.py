"""The tables of certificates, one noun a file."""

from app.certificates.models.bundles import BundleState, CertificateBundle, CertificateBundleItem
from app.certificates.models.certificates import Certificate
from app.certificates.models.distrust import DistrustedKey
from app.certificates.models.refusals import CertificateRefusal

__all__ = [
    "Certificate",
    "CertificateRefusal",
    "CertificateBundle",
    "BundleState",
    "CertificateBundleItem",
    "DistrustedKey",
]
