"""What the shop of the demo tells people: its templates, the notice of points, and when nobody is told of offers."""

from datetime import datetime, timedelta
from typing import Any, Final

from infra.demo import CHINA
from infra.demo_shop import SHOP

Json = dict[str, Any]

SMS: Final = "aliyun"  # accounts at providers
APP: Final = "app"
SIGNATURE: Final = "旗舰店"
POINTS: Final = "points"  # a template, and the notice that sends it
OFFER: Final = "night-offer"
NEWS: Final = "monthly-news"
CLUB: Final = "club"  # a segment
POINTS_TEMPLATE: Final = "T-points"  # the platform's numbers of approved templates
POINTS_FIELDS: Final = ("thing1", "character_string2", "number3")
SMS_POINTS: Final = "SMS_100001"
SMS_COUPON: Final = "SMS_100002"
SMS_TEMPLATES: Final[Json] = {SMS_POINTS: {"variables": ["change", "points"]}, SMS_COUPON: {"variables": ["code"]}}
POINTS_PAGE: Final = "https://shop.example.com/points"
_QUIET_BEFORE: Final = timedelta(hours=1)
_QUIET_AFTER: Final = timedelta(hours=22, minutes=59)  # as long as anybody looks at a demo; where time runs fast, all day but an instant

_CHANGE: Final = "{{ event.properties.points }}"
_BALANCE: Final = "{{ event.properties.balance | default: 0 }}"

TEMPLATES: Final[tuple[tuple[str, Json], ...]] = (
    (
        f"templates/{POINTS}",
        {
            "title": "积分变动",
            "category": "service",
            "channels": {
                "template": {
                    "account": SHOP,
                    "template_id": POINTS_TEMPLATE,
                    "url": f"{POINTS_PAGE}?order={{{{ event.properties.order_id }}}}",
                    "data": {"thing1": "到店消费", "character_string2": f"+{_CHANGE}", "number3": _BALANCE},
                },
                "sms": {
                    "account": SMS,
                    "provider": "aliyun",
                    "signature": SIGNATURE,
                    "template": SMS_POINTS,
                    "text": "您的积分变动+${change}，当前共${points}分。",
                    "variables": {"change": _CHANGE, "points": _BALANCE},
                },
                "push": {"account": APP, "provider": "jpush", "title": "积分变动", "body": f"+{_CHANGE}，当前共{_BALANCE}分"},
            },
        },
    ),
    (
        f"templates/{OFFER}",
        {
            "title": "夜场优惠",
            "category": "marketing",
            "channels": {"push": {"account": APP, "provider": "jpush", "title": "夜场优惠", "body": "今晚全场八折"}},
        },
    ),
    (
        f"templates/{NEWS}",
        {
            "title": "会员月刊",
            "category": "service",
            "channels": {"mass": {"account": SHOP, "content": {"text": "会员月刊第{{ data.issue }}期：https://shop.example.com/news"}}},
        },
    ),
)
NOTICE: Final[Json] = {
    "title": "积分变动",
    "event": "OrderPaid",
    "where": {"points": {"gt": 0}},
    "template": POINTS,
    "channels": ["template", "sms", "push"],
    "within": "30d",  # of which an hour may be a second
}
DEFINITIONS: Final[tuple[tuple[str, Json], ...]] = (
    (f"segments/{CLUB}", {"title": "会员俱乐部", "where": {"event": "ClubJoined"}}),
    *TEMPLATES,
    (f"notices/{POINTS}", NOTICE),
)
"""Path and document, in an order in which each finds what it names."""


def policy(now: datetime) -> Json:
    """Quiet hours for offers which have begun an hour ago, so that everybody sees what they do, whenever the demo is shown. In the chat
    with an account they may come at any time: the coupons of the demo's journey do, also where a day takes half a minute.
    """
    begins, ends = (moment.astimezone(CHINA).strftime("%H:%M") for moment in (now - _QUIET_BEFORE, now + _QUIET_AFTER))
    free = {"categories": ["service", "transactional"], "channels": ["customer_service", "popup", "webhook"]}
    return {
        "title": "品牌触达规则",
        "quiet_hours": [{"from": begins, "to": ends, "except": free}],
        "consent": {"marketing": {"push": "assumed"}},
    }
