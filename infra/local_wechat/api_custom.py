"""Customer-service messages, written to one person while a window is open. They have no number, and nothing tells what became of them."""

from typing import Final

from infra.local_wechat import custom_messages
from infra.local_wechat.call import Api, Call
from infra.local_wechat.clock import SECOND_MS
from infra.local_wechat.outbox import keep
from infra.local_wechat.receivers import reachable
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json
from infra.local_wechat.windows import used

_RECENT_MS: Final = 30 * SECOND_MS  # since the person's last contact, for the account to be seen typing
_TYPING_MS: Final = 15 * SECOND_MS
_TYPING: Final = "Typing"
_CANCEL: Final = "CancelTyping"


def send(call: Call) -> Json:
    """Judges the message first, then whether it may be sent to this person now."""
    fan = call.fan(call.text("touser"))
    msgtype = custom_messages.check(call)
    reachable(call, fan)
    if not fan.receives:
        raise Refused(48002)
    used(call.world, fan)
    keep(call, fan, msgtype)
    return {}


def typing(call: Call) -> Json:
    """Shows the account as typing, to whoever wrote within half a minute."""
    fan = call.fan(call.text("touser"))
    command = call.text("command")
    if command not in {_TYPING, _CANCEL}:
        raise Refused(45072)
    if fan.contact_at is None or call.now > fan.contact_at + _RECENT_MS:
        raise Refused(45080)
    if command == _CANCEL:
        fan.typing_until = 0
    elif call.now < fan.typing_until:
        raise Refused(45081)
    else:
        fan.typing_until = call.now + _TYPING_MS
    return {}


_NEEDS: Final = {"touser": 40003}

APIS: Final = (
    Api("/cgi-bin/message/custom/send", send, certified=True, needs={**_NEEDS, "msgtype": 40008}, per_day=(500_000, 50_000)),
    Api("/cgi-bin/message/custom/typing", typing, certified=True, needs=_NEEDS),
)
