"""The stage's settings, read once from the environment."""

import os
from dataclasses import dataclass
from functools import cache


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
    recheck_timer_arn: str  # the state machine that wakes when timers fall due
    public_url: str  # how this API is reached from outside, without a slash at the end; "" while nobody has said
    wechat_api_url: str
    wechat_mp_url: str  # shows codes as pictures
    wechat_open_url: str  # where pages send people to sign in
    time_scale: float  # 1 in production; 3600 makes an hour a second on a local stack

    def table(self, name: str) -> str:
        """The full name of a table, e.g. `huiliu-local-events`."""
        return f"{self.prefix}-{name}"

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
        recheck_timer_arn=env("HUILIU_RECHECK_TIMER_ARN", ""),
        public_url=env("HUILIU_PUBLIC_URL", ""),
        wechat_api_url=env("HUILIU_WECHAT_API_URL", "https://api.weixin.qq.com"),
        wechat_mp_url=env("HUILIU_WECHAT_MP_URL", "https://mp.weixin.qq.com"),
        wechat_open_url=env("HUILIU_WECHAT_OPEN_URL", "https://open.weixin.qq.com"),
        time_scale=float(env("HUILIU_TIME_SCALE", "1")),
    )
