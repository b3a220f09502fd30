"""What is known of a fan, and what the platform tells of one. Pure. All times are epoch milliseconds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NEVER: Final = 0


class Change(StrEnum):
    """A fan comes or goes; the values are the events' names."""

    FOLLOWED = "WechatSubscribed"
    LEFT = "WechatUnsubscribed"

    @property
    def follows(self) -> bool:
        """Whether the fan follows afterwards."""
        return self is Change.FOLLOWED


@dataclass(frozen=True, slots=True)
class Fan:
    """The item of a fan. `following` is None while nobody has said; a time is 0 for what has not happened.

    `changed_at`: when the fan last came or went; `read_at`: when the platform was last asked; `listed_at`: the beginning of the last sync
    whose list held the fan; `told` and `told_at`: the hash of what was last told of the fan as attributes, and the time of that event;
    `found_run`: the last sync that found a change of which no push had told; `withdrawn_at`: when the fan withdrew consent.
    """

    appid: str
    openid: str
    following: bool | None = None
    changed_at: int = NEVER
    unionid: str = ""
    read_at: int = NEVER
    listed_at: int = NEVER
    told: str = ""
    told_at: int = NEVER
    found_run: int = 0
    withdrawn_at: int = NEVER


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform tells of a fan when asked; of one who does not follow only the ids. `subscribed_at` is the latest follow's.

    `qr_scene` is what the code holds that the fan followed by, number or text.
    """

    openid: str
    following: bool
    unionid: str = ""
    subscribed_at: int = NEVER
    subscribe_scene: str = ""
    language: str = ""
    remark: str = ""
    qr_scene: str = ""
