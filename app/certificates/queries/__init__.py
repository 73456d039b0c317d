"""What a certificate is worth: to the public who verify it, to the money that it unlocks, to `flask check`."""

from app.certificates.queries.keys import Fit, fits, key_of_case
from app.certificates.queries.recognition import Recognised, recognise
from app.certificates.queries.refusals import how_many_refused, is_refused, owed_to, refusal_of_registration
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
    "Recognised",
    "recognise",
    "how_many_refused",
    "is_refused",
    "owed_to",
    "refusal_of_registration",
]
