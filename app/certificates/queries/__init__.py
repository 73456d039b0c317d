"""What a certificate is worth: to the public who verify it, to the money that it unlocks, to `flask check`."""

from app.certificates.queries.keys import Fit, fits, key_of_case
from app.certificates.queries.published import KeyInUse, keys_in_use, published_keys
from app.certificates.queries.recognition import Finding, Recognised, recognise
from app.certificates.queries.register import Public, load, own, printed, public
from app.certificates.queries.standing import Issued, Standing, alteration, faults, standing

__all__ = [
    "Standing",
    "Issued",
    "standing",
    "alteration",
    "faults",
    "Public",
    "public",
    "printed",
    "load",
    "own",
    "Fit",
    "fits",
    "key_of_case",
    "KeyInUse",
    "keys_in_use",
    "published_keys",
    "Finding",
    "Recognised",
    "recognise",
]
