"""The stage's settings, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from chalicelib.pace import Pace

SENDING: Final = ("template", "subscribe", "customer_service", "mass", "sms", "push", "webhook", "popup")
"""The channels that have a queue and a lambda each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this stage keeps its data. Names derive from `prefix` so that one value moves a whole stage."""

    stage: str
    prefix: str
    lake_bucket: str
    uploads_bucket: str
    dead_letters_url: str
    imports_queue_url: str
    rechecks_queue_url: str
    passes_queue_url: str
    fans_queue_url: str
    tagging_queue_url: str
    menus_queue_url: str
    replies_queue_url: str
    followups_queue_url: str
    dues_queue_url: str
    broadcasts_queue_url: str
    journey_dues_queue_url: str
    journey_work_queue_url: str
    send_queue_urls: Mapping[str, str]  # by channel
    recheck_timer_arn: str  # the state machine that wakes when timers fall due
    message_timer_arn: str  # the same for messages
    journey_timer_arn: str  # and for journeys
    public_url: str  # how this API is reached from outside, without a slash at the end; "" while nobody has said
    wechat_api_url: str
    wechat_mp_url: str  # shows codes as pictures
    wechat_open_url: str  # where pages send people to sign in
    local_webhooks: bool  # whether webhooks may go to this machine and its network: on a developer's own stack only
    time_scale: float  # 1 in production; 3600 makes an hour a second on a local stack
    timer_delay_ms: int  # how far ahead timers are left to messages of a queue; what is further away is held by state machines
    time_anchor: int  # epoch ms: when the clock on the wall of such a stack showed the true time

    def table(self, name: str) -> str:
        """The full name of a table, e.g. `huiliu-local-events`."""
        return f"{self.prefix}-{name}"

    def send_queue(self, channel: str) -> str:
        """The address of the queue of a channel's messages."""
        return self.send_queue_urls[channel]

    @property
    def pace(self) -> Pace:
        """How fast this stage's time runs."""
        return Pace(self.time_scale, self.time_anchor)

    @property
    def firehose(self) -> str:
        """The delivery stream that carries events to the lake."""
        return f"{self.prefix}-events"


@cache
def settings() -> Settings:
    """The settings of this process. Every name has a default so that `app.py` can be imported without a stack."""
    env = os.environ.get
    stage = env("HUILIU_STAGE", "local")
    prefix = env("HUILIU_PREFIX", f"huiliu-{stage}")
    return Settings(
        stage=stage,
        prefix=prefix,
        lake_bucket=env("HUILIU_LAKE_BUCKET", f"{prefix}-lake"),
        uploads_bucket=env("HUILIU_UPLOADS_BUCKET", f"{prefix}-uploads"),
        dead_letters_url=env("HUILIU_DEAD_LETTERS_URL", ""),
        imports_queue_url=env("HUILIU_IMPORTS_QUEUE_URL", ""),
        rechecks_queue_url=env("HUILIU_RECHECKS_QUEUE_URL", ""),
        passes_queue_url=env("HUILIU_PASSES_QUEUE_URL", ""),
        fans_queue_url=env("HUILIU_FANS_QUEUE_URL", ""),
        tagging_queue_url=env("HUILIU_TAGGING_QUEUE_URL", ""),
        menus_queue_url=env("HUILIU_MENUS_QUEUE_URL", ""),
        replies_queue_url=env("HUILIU_REPLIES_QUEUE_URL", ""),
        followups_queue_url=env("HUILIU_FOLLOWUPS_QUEUE_URL", ""),
        dues_queue_url=env("HUILIU_DUES_QUEUE_URL", ""),
        broadcasts_queue_url=env("HUILIU_BROADCASTS_QUEUE_URL", ""),
        journey_dues_queue_url=env("HUILIU_JOURNEY_DUES_QUEUE_URL", ""),
        journey_work_queue_url=env("HUILIU_JOURNEY_WORK_QUEUE_URL", ""),
        send_queue_urls={channel: env(f"HUILIU_SEND_{channel.upper()}_QUEUE_URL", "") for channel in SENDING},
        recheck_timer_arn=env("HUILIU_RECHECK_TIMER_ARN", ""),
        message_timer_arn=env("HUILIU_MESSAGE_TIMER_ARN", ""),
        journey_timer_arn=env("HUILIU_JOURNEY_TIMER_ARN", ""),
        public_url=env("HUILIU_PUBLIC_URL", ""),
        wechat_api_url=env("HUILIU_WECHAT_API_URL", "https://api.weixin.qq.com"),
        wechat_mp_url=env("HUILIU_WECHAT_MP_URL", "https://mp.weixin.qq.com"),
        wechat_open_url=env("HUILIU_WECHAT_OPEN_URL", "https://open.weixin.qq.com"),
        local_webhooks=stage == "local" and env("HUILIU_LOCAL_WEBHOOKS", "") == "1",
        time_scale=float(env("HUILIU_TIME_SCALE", "1")),
        timer_delay_ms=int(env("HUILIU_TIMER_DELAY_MS", "900000")),
        time_anchor=int(env("HUILIU_TIME_ANCHOR", "0")),
    )
