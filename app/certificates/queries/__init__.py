"""What a certificate is worth: to the public who verify it, to the money that it unlocks, to `flask check`."""

from app.certificates.queries.keys import Fit, fits, key_of_case, presented
from app.certificates.queries.lives import Life, life
from app.certificates.queries.published import KeyInUse, keys_in_use, published_keys
from app.certificates.queries.recognition import Finding, Recognised, recognise
from app.certificates.queries.refusals import how_many_refused, owed_to, refusal_of_registration
from app.certificates.queries.register import Public, credential, load, own, printed, public
from app.certificates.queries.standing import Issued, Standing, alteration, faults, standing
from app.certificates.queries.statuses import ended

__all__ = [
    "Standing",
    "Issued",
    "standing",
    "alteration",
    "faults",
    "Public",
    "public",
    "printed",
    "credential",
    "ended",
    "load",
    "own",
    "Fit",
    "fits",
    "key_of_case",
    "presented",
    "Life",
    "life",
    "KeyInUse",
    "keys_in_use",
    "published_keys",
    "Finding",
    "Recognised",
    "recognise",
    "how_many_refused",
    "owed_to",
    "refusal_of_registration",
]
