"""The shop of the WeChat demo: two accounts of one brand, a campaign, what the account answers, its menu, and whom that is for."""

from typing import Any, Final

Json = dict[str, Any]

SHOP: Final = "wx618brand"  # the official account
MINI: Final = "wx618mini"
BRAND: Final = "brand"  # the open platform that both belong to: it makes one unionid of two openids
CAMPAIGN: Final = "618-subway"
STATION: Final = "人民广场"  # where the poster hangs
UNPAID: Final = "unpaid-order"
REGULARS: Final = "ordered-twice"

USUAL_MENU: Final = ("领券", "商城")
MENU_OF_THE_UNPAID: Final = ("去付款", "领券")
WELCOME: Final = "欢迎！618 专享九折券已放入您的卡包。"
DRESSES: Final = "裙装新款：https://shop.example.com/dress"
TROUSERS: Final = "裤装新款：https://shop.example.com/trousers"
COUPON: Final = "您的优惠券：满300减40。"
REMINDER: Final = "您有一笔订单待付款，点菜单「去付款」。"
THANKS: Final = "感谢您再次光临！"

ACCOUNTS: Final[dict[str, Json]] = {
    SHOP: {"title": "旗舰店服务号", "type": "service", "mode": "safe", "open_platform": BRAND},
    MINI: {"title": "旗舰店小程序", "type": "mini_program", "mode": "safe", "open_platform": BRAND},
}


def _reply(on: str, text: str, **more: Any) -> Json:
    return {"account": SHOP, "on": on, **more, "send": [{"text": text}]}


_ORDERED: Final[Json] = {"event": "OrderSubmitted", "within": "30d"}
_TAP: Final = {"type": "click", "name": "领券", "key": "coupon"}
_SHOP: Final = {"type": "view", "name": "商城", "url": "https://shop.example.com/"}
_PAY: Final = {"type": "view", "name": "去付款", "url": "https://shop.example.com/orders"}

DEFINITIONS: Final[tuple[tuple[str, Json], ...]] = (
    (f"segments/{UNPAID}", {"title": "待付款", "where": {"all": [_ORDERED, {"not": {"event": "OrderPaid", "within": "30d"}}]}}),
    (f"segments/{REGULARS}", {"title": "复购", "where": {**_ORDERED, "count": {"gte": 2}}}),
    (f"campaigns/{CAMPAIGN}", {"title": "618 地铁海报", "source": "subway", "medium": "poster", "name": "618"}),
    ("replies/welcome-618", _reply("follow", WELCOME, campaign="618", priority=1)),
    ("replies/welcome", _reply("follow", "欢迎关注。")),
    ("replies/dresses", _reply("text", DRESSES, words={"contains": ["裙装"]}, several="all", priority=2)),
    ("replies/trousers", _reply("text", TROUSERS, words={"contains": ["裤装"]}, several="all", priority=1)),
    ("replies/coupon", _reply("click", COUPON, key="coupon")),
    ("replies/unpaid", _reply("enter", REMINDER, segment=UNPAID)),
    ("replies/regulars", _reply("enter", THANKS, segment=REGULARS)),
    ("menus/shop", {"account": SHOP, "buttons": [_TAP, _SHOP], "personal": [{"segment": UNPAID, "buttons": [_PAY, _TAP]}]}),
)
"""Path and document, in an order in which each finds what it names."""
