"""What a tag of an account stands for: a segment, a tag, a value of a tag, or a segment for which there is a menu. Pure.

    Source.segment("unpaid").key                # "segment:unpaid": how everything is filed
    Source.tag("level", "黄金").platform_name     # "ht:level:黄金": what the account's operators see
    Source.menu("unpaid").platform_name         # "hm:unpaid"

Menus have tags of their own, of which a fan carries one at most, that of the most important menu. For with several, as the platform says,
the newest menu counts, and also the tag that was set last: with one, both say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from chalicelib.audiences.membership import Audience, Key, Place
from chalicelib.wechat.account_tags import MAX_PLATFORM_NAME, OWN_PREFIXES, Given

MENU: Final = "menu"
_PREFIXES: Final = dict(zip((Audience.SEGMENT.value, Audience.TAG.value, MENU), OWN_PREFIXES, strict=True))
_CUT_MARK: Final = "~"
_DIGITS: Final = 8  # of the hash that tells shortened names apart
_KEPT: Final = MAX_PLATFORM_NAME - len(_CUT_MARK) - _DIGITS  # bytes


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Whoever is on a list of people: a segment, or a tag, with a value where one is asked for. `for_menu`: see above."""

    kind: Audience
    name: str
    value: str = ""
    for_menu: bool = False

    @classmethod
    def segment(cls, name: str) -> "Source":
        """Everybody in a segment."""
        return cls(Audience.SEGMENT, name)

    @classmethod
    def tag(cls, name: str, value: str = "") -> "Source":
        """Everybody with a tag; with that value of it, if one is given."""
        return cls(Audience.TAG, name, value)

    @classmethod
    def menu(cls, segment: str) -> "Source":
        """Everybody in a segment who is to see its menu."""
        return cls(Audience.SEGMENT, segment, for_menu=True)

    @classmethod
    def of(cls, given: Given) -> "Source":
        """What an account's document names."""
        return cls.segment(given.segment) if given.segment is not None else cls.tag(given.tag or "", given.value or "")

    @property
    def list(self) -> Key:
        """The list of people that it looks at."""
        return self.kind, self.name

    @property
    def key(self) -> str:
        """What it is filed under. Neither kinds nor values' separators can be mistaken: `parse` gives back what was written."""
        return f"{self._word}:{self.name}\x1f{self.value}" if self.value else f"{self._word}:{self.name}"

    @classmethod
    def parse(cls, key: str) -> "Source":
        """What is filed under a key. Raises ValueError."""
        kind, _, rest = key.partition(":")
        name, _, value = rest.partition("\x1f")
        if not name:
            raise ValueError(f"{key!r} is no segment and no tag")
        return cls.menu(name) if kind == MENU else cls(Audience(kind), name, value)

    @property
    def platform_name(self) -> str:
        """The tag's name in the account, always the same. What is too long, or could be read in two ways, ends in a part of its hash."""
        full = _PREFIXES[self._word] + self.name + (f":{self.value}" if self.value else "")
        if len(full.encode()) <= MAX_PLATFORM_NAME and ":" not in self.name + self.value and _CUT_MARK not in full:
            return full
        short = full.encode()[:_KEPT].decode("utf-8", "ignore")
        return short + _CUT_MARK + sha256(self.key.encode()).hexdigest()[:_DIGITS]

    def holds(self, places: Mapping[Key, Place]) -> bool:
        """Whether somebody who stands in these places is meant."""
        place = places.get(self.list)
        return place is not None and (not self.value or place.value == self.value)

    @property
    def _word(self) -> str:
        return MENU if self.for_menu else self.kind.value
