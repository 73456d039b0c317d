"""Certificate numbers: 80 random bits that a person can read out over the telephone.

Four groups of four Crockford base32 characters, `7K3Q-M9TD-0XWZ-5HRB`. Random rather than counted, so that nobody
can walk through the certificates of other partners. The alphabet leaves out I, L, O and U; what a reader mistakes
for one another is forgiven on the way in.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_BYTES = 10
_GROUP = 4
_CHARACTERS = NUMBER_BYTES * 8 // 5

# A pasted number may bring along its surroundings; anything longer than this isn't one and isn't worth reading.
_LONGEST_INPUT = 64
_SEPARATORS = frozenset(" -\t\r\n.\u00a0\u2009\u202f\u00ad\u2010\u2011\u2012\u2013\u2014\u2212")
_MEANING = {character: character for character in ALPHABET}
_MEANING |= {character.lower(): character for character in ALPHABET}
_MEANING |= {"O": "0", "o": "0", "I": "1", "i": "1", "L": "1", "l": "1"}


def new_number(random_bytes: bytes) -> str:
    """The number that these ten bytes spell, like `7K3Q-M9TD-0XWZ-5HRB`.

    The caller brings the randomness (`secrets.token_bytes(NUMBER_BYTES)`). Raises ValueError for any other length.
    """
    if len(random_bytes) != NUMBER_BYTES:
        raise ValueError(f"A certificate number is made of {NUMBER_BYTES} bytes, not {len(random_bytes)}.")
    value = int.from_bytes(random_bytes, "big")
    characters = [ALPHABET[value >> (5 * place) & 31] for place in reversed(range(_CHARACTERS))]
    return _grouped("".join(characters))


def normalise(text: str) -> str | None:
    """The number that a person meant by `text`, in its one written form; None when it can't be a number.

    Case, spaces and dashes don't matter; O is read as 0, I and L as 1.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    characters = []
    for character in text:
        if character in _SEPARATORS:
            continue
        meant = _MEANING.get(character)
        if meant is None:
            return None
        characters.append(meant)
    if len(characters) != _CHARACTERS:
        return None
    return _grouped("".join(characters))


def _grouped(characters: str) -> str:
    return "-".join(characters[start : start + _GROUP] for start in range(0, len(characters), _GROUP))
