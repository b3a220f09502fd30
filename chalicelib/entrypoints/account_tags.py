"""`GET /v1/accounts/{name}/tags`: which segments and tags are tags of an account, and how far both sides are alike."""

from enum import StrEnum

from pydantic import BaseModel, Field

from chalicelib.audiences.membership import Audience
from chalicelib.audiences.populations import count_of
from chalicelib.errors import NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Request
from chalicelib.tagging import filling, mending, reconcile, tag_records, taking, walk_records, wanted
from chalicelib.tagging.choosing import MAX_TAGS_OF_A_FAN
from chalicelib.tagging.sources import Source
from chalicelib.tagging.tag_records import AccountTag
from chalicelib.tagging.walk_records import Walk
from chalicelib.wechat.account_tags import MAX_ACCOUNT_TAGS


class Filling(StrEnum):
    """Whether everybody who stands for a tag has been given it since it was made."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


class TagShown(BaseModel):
    """A segment, or a tag (with the value where one is asked for), and its tag in the account; the most important first.

    `menu` tells that it is there for the personal menu of the segment: of those a fan carries one at most.
    """

    segment: str | None
    tag: str | None
    value: str | None
    menu: bool
    name: str = Field(description="The tag's name in WeChat's console.")
    number: int | None = Field(description="The platform's number of it; null until it has been made.")
    people: int = Field(description="Who stands for it here, fans of the account or not. Of a tag with values, all of them.")
    filling: Filling
    refused: int = Field(description=f"Fans without it because they have {MAX_TAGS_OF_A_FAN} more important ones.")


class RoundShown(BaseModel):
    """The last comparison with the platform's own lists: what it found to be different, and mended."""

    started_at: str
    finished_at: str | None
    holders: int = Field(description="Fans on the platform's lists.")
    extra: int = Field(description="Fans who had a tag and should not.")
    missing: int = Field(description="Persons of whom a fan should have had a tag and had not.")
    taken: int = Field(description="Fans whose tags were taken over.")
    given_back: int = Field(description="Fans who had lost a tag there that had been taken over.")


class AccountTagsShown(BaseModel):
    """`room` is how many more tags the definitions may ask for."""

    give: list[TagShown]
    take: list[str]
    room: int
    round: RoundShown | None


def get_account_tags(request: Request) -> Answer:
    """Tags of menus stand before those that the account's own definition gives. Raises NotFound for an account that is not in force."""
    appid = request.params["name"]
    asked = wanted.synced(appid)
    if asked is None:
        raise NotFound(f"no account {appid} is in force")
    tags = {tag.source: tag for tag in tag_records.tags_of(appid)}
    fills = {walk.name: walk for walk in walk_records.walks_of(appid, filling.FILL)}
    shown = AccountTagsShown(
        give=[_tag(source, tags.get(source), fills) for source in asked.sources],
        take=list(asked.taken),
        room=MAX_ACCOUNT_TAGS - asked.tags,
        round=_round(walk_records.walk_of(appid, reconcile.ROUND)),
    )
    return Answer(body=shown)


def _tag(source: Source, tag: AccountTag | None, fills: dict[str, Walk]) -> TagShown:
    is_segment = source.kind is Audience.SEGMENT
    return TagShown(
        segment=source.name if is_segment else None,
        tag=None if is_segment else source.name,
        value=source.value or None,
        menu=source.for_menu,
        name=source.platform_name,
        number=(tag.id or None) if tag else None,
        people=count_of(source.kind, source.name),
        filling=_filling(fills.get(filling.name_of(tag))) if tag else Filling.PENDING,
        refused=tag.refused if tag else 0,
    )


def _filling(walk: Walk | None) -> Filling:
    if walk is None:
        return Filling.PENDING
    return Filling.RUNNING if walk.finished is None else Filling.DONE


def _round(walk: Walk | None) -> RoundShown | None:
    if walk is None:
        return None
    return RoundShown(
        started_at=rfc3339(walk.begun),
        finished_at=rfc3339(walk.finished) if walk.finished is not None else None,
        holders=walk.counts.get("holders", 0),
        extra=walk.counts.get(mending.EXTRA, 0),
        missing=walk.counts.get(mending.MISSING, 0),
        taken=walk.counts.get(taking.TAKEN, 0),
        given_back=walk.counts.get(taking.GIVEN_BACK, 0),
    )
