"""The platform's tags: at most 100 of an account, 20 of a fan, and 50 fans a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.wechat import apis
from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.calls.users import Page, page_of
from chalicelib.wechat.client import Client
from chalicelib.wechat.wire import Method

MAX_TAGS: Final = 100  # of an account, without the platform's own
MAX_OF_FAN: Final = 20
MAX_BATCH: Final = 50  # openids of one call
MAX_NAME_BYTES: Final = 30
LAST_OF_PLATFORM: Final = 2  # tags 0 to 2 are the platform's own

GET: Final = Api("/cgi-bin/tags/get", Method.GET)
CREATE: Final = Api("/cgi-bin/tags/create")  # made twice, the second is refused (45157) and nothing is doubled
UPDATE: Final = Api("/cgi-bin/tags/update")
DELETE: Final = Api("/cgi-bin/tags/delete")
TAG: Final = Api("/cgi-bin/tags/members/batchtagging")
UNTAG: Final = Api("/cgi-bin/tags/members/batchuntagging")
OF_FAN: Final = Api("/cgi-bin/tags/getidlist")
HOLDERS: Final = Api("/cgi-bin/user/tag/get")


@dataclass(frozen=True, slots=True)
class PlatformTag:
    """A tag of the account, and how many fans have it."""

    id: int
    name: str
    count: int


def all(client: Client) -> list[PlatformTag]:  # noqa: A001 - `tags.all(client)` says it best
    """Every tag of the account, the platform's own (up to LAST_OF_PLATFORM) too."""
    found = fields.parts(client.call(GET), "tags")
    return [PlatformTag(fields.number(one, "id"), fields.optional(one, "name"), fields.number(one, "count")) for one in found]


def create(client: Client, name: str) -> int:
    """Makes a tag; its number. Raises Dropped: 45157 when the name is taken (also by an attempt that gave no answer: look it up with
    `all`), 45056 when the account has 100.
    """
    tag = fields.part(client.call(CREATE, body={"tag": {"name": name}}), "tag")
    made = fields.number(tag, "id")
    if not made:
        raise apis.lost(CREATE)
    return made


def rename(client: Client, tag: int, name: str) -> None:
    """Gives a tag another name."""
    client.call(UPDATE, body={"tag": {"id": tag, "name": name}})


def delete(client: Client, tag: int) -> None:
    """Deletes a tag. Raises Dropped (45057) while more than 100,000 fans have it."""
    client.call(DELETE, body={"tag": {"id": tag}})


def tag(client: Client, tag: int, openids: Sequence[str]) -> None:
    """Gives up to MAX_BATCH fans a tag. Raises Dropped (45059) when one of them has 20, Unreachable (50005, 40003) when one is no fan."""
    client.call(TAG, body=_members(tag, openids))


def untag(client: Client, tag: int, openids: Sequence[str]) -> None:
    """Takes a tag from up to MAX_BATCH fans."""
    client.call(UNTAG, body=_members(tag, openids))


def of_fan(client: Client, openid: str) -> tuple[int, ...]:
    """The tags of a fan."""
    return fields.numbers(client.call(OF_FAN, body={"openid": openid}), "tagid_list")


def holders(client: Client, tag: int, after: str = "") -> Page:
    """Up to 10,000 fans that have a tag, after one."""
    return page_of(client.call(HOLDERS, body={"tagid": tag, "next_openid": after}))


def _members(tag: int, openids: Sequence[str]) -> Json:
    return {"openid_list": list(openids), "tagid": tag}
