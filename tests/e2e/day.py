"""One person's day over all channels, told in three formats under six identifiers by clients that know at most two of them each."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Final

import segment.analytics.client as segment
import sensorsanalytics as sensors

from tests.e2e.api import Api, Shop

CHINA: Final = timezone(timedelta(hours=8))
BRAND, MINI = "openid:wx618brand", "openid:wx618mini"
DAY: Final = (
    "Followed", "$MPLaunch", "ProductViewed", "OrderSubmitted", "OrderPaid", "CampaignVisited", "ReferralSucceeded",
)  # fmt: skip
_TIMES: Final = {
    "Followed": (9, 43), "$MPLaunch": (9, 45), "ProductViewed": (9, 57), "OrderSubmitted": (10, 23), "OrderPaid": (12, 25),
    "CampaignVisited": (23, 3), "ReferralSucceeded": (23, 34),
}  # fmt: skip


def at(name: str) -> datetime:
    """When something of the day happened."""
    hour, minute = _TIMES[name]
    return datetime(2026, 11, 20, hour, minute, tzinfo=CHINA)


class Day:
    """The deliveries of one person's day: each call sends one record by the client that saw it."""

    def __init__(self, api: Api, shop: Shop, mark: str, mobile: str) -> None:
        self.api, self.shop, self.mark, self.mobile = api, shop, mark, mobile
        self.unionid, self.user_id, self.cookie = f"union-{mark}", f"user-{mark}", f"cookie-{mark}"
        self.brand, self.mini = f"oBrand-{mark}", f"oMini-{mark}"
        self.sensors = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?token={shop.key}"))
        self.segment = segment.Client(shop.key, host=api.url, sync_mode=True)

    def deliveries(self) -> Iterator[Callable[[], Any]]:
        """One for each record of the day."""
        openid = sensors.SensorsAnalyticsIdentity("$identity_mp_wx618mini_openid", self.mini)
        unionid = sensors.SensorsAnalyticsIdentity("$identity_mp_unionid", self.unionid)
        login = sensors.SensorsAnalyticsIdentity("$identity_login_id", self.user_id)
        yield partial(self._native, "Followed", {BRAND: self.brand, "unionid": self.unionid})
        yield partial(self._track, "$MPLaunch", {"$scene": "wx-1035"}, openid, unionid)
        yield partial(self._track, "ProductViewed", {"product_id": "bag-01"}, openid)
        yield partial(self._track, "OrderSubmitted", {"order_id": f"A-{self.mark}", "amount": 399.0}, login, openid)
        yield partial(self._native, "OrderPaid", {"user_id": self.user_id, "mobile": {"value": self.mobile, "verified": True}})
        yield partial(
            self.segment.track, self.user_id, "CampaignVisited", {"page": "618"}, {"campaign": {"source": "618", "medium": "h5"}},
            at("CampaignVisited"), self.cookie, message_id=f"campaign-{self.mark}",
        )  # fmt: skip
        yield partial(self._native, "ReferralSucceeded", {"mobile": self.mobile})

    def identifiers(self) -> set[str]:
        """All that the person is known by."""
        known = {"unionid": self.unionid, BRAND: self.brand, MINI: self.mini, "user_id": self.user_id}
        known |= {"mobile": self.mobile, "anonymous_id": self.cookie}
        return {f"{namespace} {value}" for namespace, value in known.items()}

    def _native(self, name: str, identifiers: dict[str, Any]) -> None:
        event = {"id": f"{name}-{self.mark}", "name": name, "time": at(name).isoformat(), "identifiers": identifiers}
        self.api.send(self.shop, event)

    def _track(self, name: str, properties: dict[str, Any], *identities: Any) -> None:
        moment = int(at(name).timestamp() * 1000)
        self.sensors.track_by_id(name, {**properties, "$time": moment}, *identities)
