"""How somebody becomes a fan and ceases to be one: what the platform remembers of it."""

from typing import Final

from infra.local_wechat.state import QrCode, Relation, Trigger
from infra.local_wechat.windows import opened
from infra.local_wechat.world import World

SCENES: Final = frozenset(
    {
        "ADD_SCENE_SEARCH",
        "ADD_SCENE_ACCOUNT_MIGRATION",
        "ADD_SCENE_PROFILE_CARD",
        "ADD_SCENE_QR_CODE",
        "ADD_SCENE_PROFILE_LINK",
        "ADD_SCENE_PROFILE_ITEM",
        "ADD_SCENE_PAID",
        "ADD_SCENE_WECHAT_ADVERTISEMENT",
        "ADD_SCENE_REPRINT",
        "ADD_SCENE_LIVESTREAM",
        "ADD_SCENE_CHANNELS",
        "ADD_SCENE_WXA",
        "ADD_SCENE_OTHERS",
    }
)
"""Where fans come from, in the platform's words."""


def followed(world: World, relation: Relation, scene: str = "ADD_SCENE_SEARCH", code: QrCode | None = None) -> None:
    """Follows, by a code or otherwise. Who had followed before begins anew: tags and remark are gone."""
    if world.choices.refollow_forgets:
        relation.tags, relation.remark = [], ""
    relation.subscribed = True
    relation.subscribed_at = world.clock.wire_seconds()
    relation.subscribe_scene = "ADD_SCENE_QR_CODE" if code else scene
    relation.qr_scene = code.scene if code and isinstance(code.scene, int) else 0
    relation.qr_scene_str = code.scene if code and isinstance(code.scene, str) else ""
    opened(world, relation, Trigger.FOLLOW)


def unfollowed(relation: Relation) -> None:
    """Goes: nothing can be written any more."""
    relation.subscribed = False
    relation.window = None
