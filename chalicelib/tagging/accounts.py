"""An account as those see it who tag its fans: which tags of it stand for what, and how important each is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.audiences.membership import Key, Place
from chalicelib.tagging import tag_records, wanted
from chalicelib.tagging.choosing import Tags
from chalicelib.tagging.tag_records import AccountTag
from chalicelib.tagging.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Account:
    """`tags` are those that are wanted, the most important first; `ours` the numbers of all that are ours, also of those about to go."""

    appid: str
    tags: tuple[AccountTag, ...]
    ours: Tags

    @property
    def rank(self) -> Mapping[int, int]:
        """How important each tag is, by its number; 0 is the most important."""
        return {tag.id: place for place, tag in enumerate(self.tags)}

    def wanted_by(self, places: Mapping[Key, Place]) -> list[int]:
        """The tags of whoever stands in these places, the most important first; of those for menus the first only."""
        found = [tag for tag in self.tags if tag.source.holds(places)]
        menu = next((tag for tag in found if tag.source.for_menu), None)
        return [tag.id for tag in found if not tag.source.for_menu or tag is menu]

    def numbers_of(self, keys: Iterable[str]) -> set[int]:
        """The numbers of sources that are named by their keys; what has no tag here has none."""
        named = set(keys)
        return {tag.id for tag in self.tags if tag.source.key in named}

    def tag_of(self, key: str) -> AccountTag | None:
        """The tag that stands for a source."""
        return next((tag for tag in self.tags if tag.source.key == key), None)


def account(appid: str) -> Account:
    """The account as it is. What is wanted may be 20 s old, which tags there are is not."""
    return combined(appid, wanted.everything().get(appid, wanted.NOTHING), tag_records.tags_of(appid))


def combined(appid: str, asked: Wanted, tags: Sequence[AccountTag]) -> Account:
    """The account with these tags, of which some are wanted. Pure."""
    by_source = {tag.source: tag for tag in tags if tag.id != tag_records.NO_NUMBER}
    ours = frozenset(tag.id for tag in by_source.values())
    return Account(appid, tuple(by_source[one] for one in asked.sources if one in by_source), ours)
