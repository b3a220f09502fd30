"""Whether a person can be written to at all, as the platform sees it."""

from infra.local_wechat.call import Call
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Relation


def reachable(call: Call, fan: Relation) -> Relation:
    """The person, if neither blacklisted nor frozen, and a fan where there are fans. Raises Refused (43019, 50002, 43004)."""
    if fan.blacklisted:
        raise Refused(43019)
    if fan.frozen:
        raise Refused(50002)
    if call.caller.official and not fan.subscribed:
        raise Refused(43004)
    return fan
