"""A new tag is given to everybody who stands for it already: a walk along the list of the segment or tag.

It begins when every lambda knows that the tag is wanted. Who enters or leaves from then on is heard of, who entered before is on the list.
The tag of a menu is given again when other menus have become more or less important than it: a fan has that of one menu only. And all
are when something was wanted no more for a while.
"""

from collections import Counter
from typing import Final

from chalicelib.audiences.populations import people_in
from chalicelib.tagging import gaps, walk_records, walking
from chalicelib.tagging.accounts import account
from chalicelib.tagging.batching import Act
from chalicelib.tagging.following import follow
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.tag_records import AccountTag
from chalicelib.tagging.walk_records import Walk
from chalicelib.tagging.walking import Part
from chalicelib.tagging.wanted import KEPT_SECONDS

FILL: Final = "fill#"
PAGE: Final = 100  # people of one part
START_SECONDS: Final = int(KEPT_SECONDS) + 5  # until everybody knows, and for clocks that differ


def name_of(tag: AccountTag) -> str:
    """The walk that gives a tag to everybody."""
    return FILL + tag.source.key


def ensure_filled(appid: str, tags: list[AccountTag], now: int) -> None:
    """Sees to it that every tag is, or is being, given to everybody who stands for it. `tags` are all that are wanted, the most important
    first. May be done at any time.
    """
    walks = {walk.name: walk for walk in walk_records.walks_of(appid, FILL)}
    before, gap = list[str](), gaps.last(appid)
    for tag in tags:
        walk = walks.get(name_of(tag))
        wanted = {"tag": tag.id, "gap": gap, "before": sorted(before) if tag.source.for_menu else []}
        if walk is None or {name: walk.state.get(name) for name in wanted} != wanted:
            walking.begin(appid, name_of(tag), now, {**wanted, "source": tag.source.key, "cursor": None}, walk, START_SECONDS)
        else:
            walking.revive(walk, now)
        before.append(tag.source.key)


def fill(walk: Walk, platform: Tags) -> Part:
    """The next people of the list."""
    tag = account(walk.appid).tag_of(walk.state["source"])
    if tag is None or tag.id != walk.state["tag"]:
        return Part(None)  # the tag is wanted no more, or has been made anew and is filled by another walk
    page = people_in(tag.source.kind, tag.source.name, PAGE, walk.state["cursor"])
    done = follow(walk.appid, {one.person: [tag.source.key] for one in page.items}, platform)
    counts = Counter({"people": len(page.items), "tagged": done[Act.TAG]})
    return Part({**walk.state, "cursor": page.next} if page.next else None, counts)
