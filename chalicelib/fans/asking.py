"""Asking the platform about fans, a hundred at a time."""

from collections.abc import Sequence
from typing import Final

from chalicelib.fans.model import Told
from chalicelib.telemetry import count_refusals
from chalicelib.wechat.calls import users
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import Dropped, Unreachable

STRANGER: Final = "openid_unknown"  # counted for one that is not of this account
_NOT_OURS: Final = 40003


def asked(client: Client, openids: Sequence[str]) -> list[Told]:
    """What the platform tells of up to a hundred people; nothing of those whose openid is not the account's.

    One such openid fails a whole call and is not named, so what fails is halved. Raises what calls raise.
    """
    try:
        if len(openids) == 1:
            return [_told(users.info(client, openids[0]))]
        return [_told(one) for one in users.batch_info(client, openids)]
    except (Dropped, Unreachable) as refused:
        if refused.number != _NOT_OURS:
            raise
    if len(openids) == 1:
        count_refusals([STRANGER])
        return []
    half = len(openids) // 2
    return asked(client, openids[:half]) + asked(client, openids[half:])


def _told(fan: users.Fan) -> Told:
    return Told(
        openid=fan.openid,
        following=fan.following,
        unionid=fan.unionid,
        subscribed_at=fan.subscribed_at,
        subscribe_scene=fan.scene,
        language=fan.language,
        remark=fan.remark,
        qr_scene=fan.qr_scene,
    )
