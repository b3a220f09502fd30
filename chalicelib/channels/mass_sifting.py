"""Finding out who spoils a list: one openid that is not the account's makes the platform refuse it whole, and it does not say which."""

from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.contacts import reachable
from chalicelib.fans import parting
from chalicelib.fans.asking import asked
from chalicelib.messages.policy.decisions import Reason as Refusal
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason
from chalicelib.wechat.client import Client

SIFTED_FOR: Final = frozenset({"40003", "40031", "43004", "46004", "50005"})  # what a refused list may be refused for
_ASKED: Final = 100  # fans of one call


def strangers(client: Client, openids: Sequence[str]) -> dict[str, str]:
    """By openid why somebody can get no mass message: nobody knows them, or they do not follow. Raises the errors of calls."""
    found: dict[str, str] = dict.fromkeys(openids, Reason.ADDRESS_INVALID.value)
    for start in range(0, len(openids), _ASKED):
        for told in asked(client, openids[start : start + _ASKED]):
            if told.following:
                found.pop(told.openid, None)
            else:
                found[told.openid] = Refusal.NOT_FOLLOWING.value
    return found


def remembered(appid: str, found: Mapping[str, str], now: int) -> None:
    """Keeps what was found, so that nobody of them is on the next list."""
    for openid, reason in found.items():
        if reason == Refusal.NOT_FOLLOWING:
            parting.gone(appid, openid, now)
        else:
            reachable.learn(ChannelName.MASS, appid, openid, reason, now)
