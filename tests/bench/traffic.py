"""What is sent to be measured: typical events in each wire format, made from running numbers, so that every run sends the same."""

from collections.abc import Sequence
from itertools import count, cycle
from typing import Any, Final
from uuid import UUID

from chalicelib.events.clock import rfc3339
from tests.support import sdk_wire

NOW: Final = 1_795_300_000_000  # epoch ms; when every request is received
KEY: Final = "hlw_0123456789abcdefghijklmnopqrstuv"
SOURCE: Final = "mini-program-shop"
PROJECT: Final = "default"
PAUSE: Final = 600_000  # ms between two events of a person that takes its time

Json = dict[str, Any]
_numbers = count(1)


def identifiers(person: int) -> Json:
    """Whom an event of a person names: what a mini program knows after login."""
    return {"openid:wx4f1ab2c3d4e5f607": f"oHuD65{person:022d}", "unionid": f"o6_bmjrPTlm6_{person:015d}"}


def order(person: int, at: int = NOW) -> Json:
    """An event of about 1 KB as JSON: an order with its lines, and how the buyer came."""
    number = next(_numbers)
    lines = [
        {"sku": f"SKU-{number % 90:04d}-{size}", "title": "法式碎花连衣裙 春夏新款", "price": 19900, "quantity": 1, "category": "女装/裙子"}
        for size in ("S", "M")
    ]
    return {
        "id": str(UUID(int=number << 64 | 0x8C04)),
        "name": "OrderSubmitted",
        "time": at,
        "identifiers": identifiers(person),
        "properties": {
            "order_no": f"2026112122{number:014d}", "total": 39800, "currency": "CNY", "coupon": "SPRING-50", "store": "上海徐汇店",
            "delivery": "express", "pay": "wechat_pay", "points": 398, "gift_card": False, "lines": lines,
        },
        "context": {
            "channel": "mini_program", "scene": "1089", "url": "pages/checkout/index?from=cart", "title": "确认订单",
            "campaign": {"source": "wechat", "medium": "moments", "name": "spring-2026"},
            "app": {"id": "wx4f1ab2c3d4e5f607", "version": "3.14.2"},
            "device": {"brand": "HUAWEI", "model": "ALN-AL00", "os": "HarmonyOS 5.0", "screen": "1260x2720"},
        },
    }  # fmt: skip


def view(person: int, at: int = NOW) -> Json:
    """An event of about 400 bytes as JSON: a product was looked at."""
    number = next(_numbers)
    return {
        "id": str(UUID(int=number << 64 | 0x8C04)),
        "name": "ProductViewed",
        "time": at,
        "identifiers": identifiers(person),
        "properties": {"sku": f"SKU-{number % 90:04d}-M", "title": "法式碎花连衣裙", "price": 19900, "category": "女装/裙子"},
        "context": {"channel": "mini_program", "scene": "1089", "url": "pages/product/index"},
    }


def either(person: int, at: int = NOW) -> Json:
    """An order or, nine times as often, a view."""
    return next(_turns)(person, at)


_turns: Final = cycle([order, *[view] * 9])


def rating(person: int, at: int = NOW) -> Json:
    """A view that changes an attribute of the person."""
    seen = view(person, at)
    return {**seen, "attributes": {"set": {"last_seen_sku": seen["id"]}}}


def life(person: int, at: int) -> list[Json]:
    """What a person did before: in the shop's mini program, on pages, at a marketplace; six combinations of identifiers, two campaigns."""
    one = identifiers(person)
    openid, unionid = (dict([pair]) for pair in one.items())
    user, mobile = {"user_id": f"u-{person:08d}"}, {"mobile": f"1391{person:07d}"}
    known = [one, {**unionid, **user}, {**user, **mobile}, {**user, "anonymous_id": f"5f1b2c3d-{person:012d}"}, openid, mobile]
    came = [_arrival("moments", "spring-2026"), {"channel": "store"}, _arrival("search", "autumn-2026")]
    return [{**view(person, at), "identifiers": who, "context": came[place % len(came)]} for place, who in enumerate(known)]


def other_life(person: int, at: int) -> list[Json]:
    """A second person at a marketplace, known by more identifiers, until a phone number shows that it is the first one."""
    member = {"member:tmall": f"t-{person}"}
    known = [{**member, "device_id": f"d-{person}-{number}"} for number in range(6)]
    return [{**view(person, at), "identifiers": who} for who in (*known, {**member, "mobile": f"1391{person:07d}"})]


def _arrival(medium: str, campaign: str) -> Json:
    return {
        "channel": "h5",
        "scene": "1045",
        "campaign": {"source": "wechat", "medium": medium, "name": campaign, "content": "banner-2", "term": "连衣裙"},
    }


def sensors_record(person: int, at: int = NOW) -> Json:
    """A record of about 1 KB as the SDK for mini programs sends it."""
    number = next(_numbers)
    unionid, openid = identifiers(person)["unionid"], identifiers(person)["openid:wx4f1ab2c3d4e5f607"]
    return {
        "type": "track",
        "event": "ProductViewed",
        "time": at,
        "distinct_id": f"u-{person:08d}",
        "identities": {"$identity_login_id": f"u-{person:08d}", "$identity_mp_openid": openid, "$identity_mp_unionid": unionid},
        "lib": {"$lib": "MiniProgram", "$lib_method": "code", "$lib_version": "3.19.2"},
        "properties": {
            "$lib": "MiniProgram", "$lib_version": "3.19.2", "$network_type": "wifi", "$manufacturer": "HUAWEI", "$model": "ALN-AL00",
            "$brand": "HUAWEI", "$screen_width": 420, "$screen_height": 907, "$os": "HarmonyOS", "$os_version": "5.0", "$scene": "1089",
            "$mp_client_app_version": "8.0.60", "$timezone_offset": -480, "$app_id": "wx4f1ab2c3d4e5f607",
            "$url_path": "pages/product/index", "$url_query": "sku=SKU-0007-M", "$title": "商品详情", "$is_first_day": False,
            "$latest_scene": "1089", "$latest_utm_source": "wechat", "$latest_utm_campaign": "spring-2026",
            "sku": "SKU-0007-M", "title": "法式碎花连衣裙", "price": 199.0, "category": "女装/裙子",
        },
        "_track_id": 100_000_000 + number,
        "_flush_time": at,
    }  # fmt: skip


def segment_message(person: int, at: int = NOW) -> Json:
    """A message of about 1 KB as Segment's SDKs send it."""
    number = next(_numbers)
    lines = [{"sku": f"SKU-{number % 90:04d}-{size}", "name": "法式碎花连衣裙", "price": 199.0, "quantity": 1} for size in ("S", "M", "L")]
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"m-{number:032d}",
        "userId": f"u-{person:012d}",
        "anonymousId": f"5f1b2c3d-0000-4000-8000-{person:012d}",
        "timestamp": rfc3339(at),
        "properties": {"order_id": f"o-{number}", "total": 597.0, "currency": "CNY", "coupon": "SPRING-50", "products": lines},
        "context": {
            "library": {"name": "analytics-python", "version": "2.4.0"}, "ip": "203.0.113.7", "locale": "zh-CN",
            "page": {"url": "https://shop.example/checkout", "path": "/checkout", "referrer": "", "title": "确认订单"},
            "campaign": {"source": "wechat", "medium": "moments", "name": "spring-2026"}, "timezone": "Asia/Shanghai",
        },
        "integrations": {},
    }  # fmt: skip


def native_request(events: Sequence[Json]) -> sdk_wire.Wire:
    """The native batch."""
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    return sdk_wire.Wire("POST", "/v1/events", body=compact({"events": events}), headers=headers)


def sensors_request(records: Sequence[Json]) -> sdk_wire.Wire:
    """A batch of the SDK for mini programs."""
    return sdk_wire.mini_program(records)


def sensors_gzipped(records: Sequence[Json]) -> sdk_wire.Wire:
    """A batch of the SDK for Android."""
    return sdk_wire.android(records)


def segment_request(messages: Sequence[Json]) -> sdk_wire.Wire:
    """A batch of the SDK for Python."""
    return sdk_wire.segment_batch(messages, KEY, sentAt=messages[-1]["timestamp"])


def compact(value: Any) -> bytes:
    """JSON as browsers write it."""
    return sdk_wire.compact(value).encode()
