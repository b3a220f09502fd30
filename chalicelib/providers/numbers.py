"""Phone numbers between the ways of writing them. Pure."""

import re
from typing import Final

CHINA: Final = "+86"
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CHINA_MOBILE: Final = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})", re.ASCII)
_PUNCTUATION: Final = str.maketrans("", "", " -().\t")


def e164(number: str, country: str = "") -> str:
    """A number that a provider tells as E.164 (+8613800000000). `country` is its code where that is told apart; "" for none at all."""
    bare = number.translate(_PUNCTUATION)
    if country and not bare.startswith("+"):
        return f"+{country.lstrip('+')}{bare}"
    mobile = _CHINA_MOBILE.fullmatch(bare)
    if mobile:
        return CHINA + mobile[1]
    digits = bare.removeprefix("+").removeprefix("00")
    return f"+{digits}" if digits else ""


def is_e164(number: str) -> bool:
    """Whether this is a whole number as adapters take it."""
    return _E164.fullmatch(number) is not None


def is_mainland(number: str) -> bool:
    """Whether an E.164 number is one of a mobile phone of mainland China."""
    return number.startswith(CHINA) and _CHINA_MOBILE.fullmatch(number) is not None
