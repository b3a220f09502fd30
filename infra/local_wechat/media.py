"""Uploads that messages refer to: they are an account's own, of one type, and gone after three days."""

from typing import Final

from infra.local_wechat.call import Call
from infra.local_wechat.clock import DAY_MS
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Media

LIFE_MS: Final = 3 * DAY_MS


def usable(call: Call, media_id: object, *types: str) -> Media:
    """The upload, if there is one of these types. Raises Refused (41006, 40007)."""
    if not media_id:
        raise Refused(41006)
    found = call.caller.media.get(str(media_id))
    if found is None or found.type not in types or (found.expires is not None and call.now >= found.expires):
        raise Refused(40007)
    return found
