"""All that the platform makes up: tokens, tickets, ids and numbers, from one seed, so that a run can be had again.

What belongs to somebody (openid, unionid) depends on whom it belongs to only, not on the order in which it was asked for.
"""

import hashlib
import random
import string
from typing import Final

_ALPHABET: Final = string.ascii_letters + string.digits
_OPENID_LETTERS: Final = 28
_HEX_LETTERS: Final = 8
_TOKEN_LENGTHS: Final = (136, 157, 202, 320, 512)  # letters; the platform asks to keep room for 512


class Chance:
    """A source of made-up values. Not for secrets: whoever knows the seed knows them all."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self._number = 24_500_000_000_000_000 + seed

    def text(self, length: int) -> str:
        """Letters and digits."""
        return "".join(self._random.choices(_ALPHABET, k=length))

    def token(self) -> str:
        """An access token, of one length or another."""
        return f"{self._random.randint(40, 99)}_{self.text(self._random.choice(_TOKEN_LENGTHS) - 3)}"

    def rid(self) -> str:
        """The number of a refused call: three times eight hexadecimal digits."""
        return "-".join(f"{self._random.getrandbits(32):08x}" for _ in range(3))

    def salt(self, length: int = 16) -> bytes:
        """Bytes, as for the random beginning of an encrypted push."""
        return self._random.randbytes(length)

    def number(self) -> int:
        """A number that grows from one to the next and has more than 53 bits, as message ids do."""
        self._number += self._random.randint(1, 9)
        return self._number

    def fraction(self) -> float:
        """From 0 up to 1, for what happens with a probability."""
        return self._random.random()

    def openid(self, appid: str, person: str) -> str:
        """Of one person in one account: 28 letters that begin with o."""
        return "o" + self._owned("openid", appid, person, _OPENID_LETTERS - 1)

    def unionid(self, open_platform: str, person: str) -> str:
        """Of one person in all accounts of one open-platform account."""
        return "o" + self._owned("unionid", open_platform, person, _OPENID_LETTERS - 1)

    def original_id(self, appid: str) -> str:
        """The account's other name, gh_ and twelve hexadecimal digits, by which pushes call it."""
        return "gh_" + hashlib.sha256(f"{self._seed}/{appid}".encode()).hexdigest()[:12]

    def _owned(self, what: str, whose: str, person: str, length: int) -> str:
        return "".join(random.Random(f"{self._seed}/{what}/{whose}/{person}").choices(_ALPHABET, k=length))
