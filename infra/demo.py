"""Demo data: one person's day over seven touches, told by a real client SDK and by curl, in three formats and five kinds of identifiers.

The day is yesterday, in China's time. Lin follows the official account, opens the mini program, looks at a bag, orders, pays, meets the
campaign on an H5 page in the evening, and brings a friend. No touch knows more than two of Lin's identifiers.
"""

import base64
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import sensorsanalytics as sensors

CHINA: Final = timezone(timedelta(hours=8))

FOLLOWER: Final = ("openid:wx618brand", "oFan-7f3a")  # Lin at the official account
UNIONID: Final = "uLin-52c1"
MINI_PROGRAM_OPENID: Final = "oMini-9b24"
USER_ID: Final = "10086"
MOBILE: Final = "13712345670"
COOKIE: Final = "18c2f-h5-cookie"

EVENTS: Final = (
    "Followed", "$MPLaunch", "ProductViewed", "OrderSubmitted", "OrderPaid", "CampaignVisited", "ReferralSucceeded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demo:
    """Sends the demo to a stack. `day` is midnight of the day that is told, with its zone."""

    api_url: str
    write_key: str
    day: datetime

    def send(self) -> None:
        """Sends everything. Raises CalledProcessError or the SDK's own error when something is not taken."""
        self._sensors_sdk()
        for arguments in self.curl_calls():
            subprocess.run(["curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", *arguments], check=True)

    def _sensors_sdk(self) -> None:
        """What the mini program's server tells, through the Sensors Analytics SDK for Python, unmodified."""
        client = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{self.api_url}/sa?project=default&token={self.write_key}"))
        openid = sensors.SensorsAnalyticsIdentity("$identity_mp_wx618mini_openid", MINI_PROGRAM_OPENID)
        unionid = sensors.SensorsAnalyticsIdentity("$identity_mp_unionid", UNIONID)
        login = sensors.SensorsAnalyticsIdentity("$identity_login_id", USER_ID)
        client.track_by_id("$MPLaunch", {"$time": self._local(9, 45), "$scene": "1035"}, openid, unionid)
        client.track_by_id("ProductViewed", {"$time": self._local(9, 57), "product_id": "bag-01", "title": "托特包"}, openid)
        order = {"$time": self._local(10, 23), "order_id": "A1001", "amount": 399.0}
        client.track_by_id("OrderSubmitted", order, login, openid)
        client.profile_set_by_id({"city": "上海", "industry": "设计"}, login)
        client.close()

    def curl_calls(self) -> Iterator[list[str]]:
        """The arguments of every call of curl."""
        yield self._native(
            self._event("Followed", 9, 43, dict([FOLLOWER]) | {"unionid": UNIONID}, {"qr": "subway-03"}, "official_account", "618"),
            self._event(
                "OrderPaid", 12, 25, {"user_id": USER_ID, "mobile": {"value": MOBILE, "verified": True}}, {"order_id": "A1001"}, "pay"
            ),
            self._event("ReferralSucceeded", 23, 34, {"mobile": MOBILE}, {"friend": "Chen"}, "h5"),
        )
        visit = {
            "type": "track", "event": "CampaignVisited", "messageId": "demo-campaign", "anonymousId": COOKIE, "userId": USER_ID,
            "timestamp": self._at(23, 3).isoformat(), "properties": {"page": "618"},
            "context": {"campaign": {"source": "618", "medium": "h5", "name": "618-night"}, "page": {"url": "https://h5.example/618"}},
        }  # fmt: skip
        basic = base64.b64encode(f"{self.write_key}:".encode()).decode()
        yield ["--header", f"Authorization: Basic {basic}", *_json_body(visit), f"{self.api_url}/v1/track"]
        # One event that cannot be taken, to show what becomes of those.
        yield self._native({"id": "demo-bad", "name": "OrderPaid", "time": "yesterday", "identifiers": {"user_id": USER_ID}})

    def _native(self, *events: dict[str, Any]) -> list[str]:
        return ["--header", f"Authorization: Bearer {self.write_key}", *_json_body({"events": list(events)}), f"{self.api_url}/v1/events"]

    def _event(
        self, name: str, hour: int, minute: int, identifiers: dict[str, Any], properties: dict[str, Any], channel: str, campaign: str = ""
    ) -> dict[str, Any]:
        context = {"channel": channel} | ({"campaign": {"source": campaign, "medium": "qr", "name": campaign}} if campaign else {})
        time = self._at(hour, minute).isoformat()
        return {"id": f"demo-{name}", "name": name, "time": time, "identifiers": identifiers, "properties": properties, "context": context}

    def _at(self, hour: int, minute: int) -> datetime:
        return self.day + timedelta(hours=hour, minutes=minute)

    def _local(self, hour: int, minute: int) -> datetime:
        """The SDK takes a naive time and reads it in this machine's zone."""
        return datetime.fromtimestamp(self._at(hour, minute).timestamp())  # noqa: DTZ006


def yesterday(now: datetime) -> datetime:
    """Midnight, in China, of the day before `now`."""
    return now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _json_body(document: Any) -> list[str]:
    return ["--header", "Content-Type: application/json", "--data", json.dumps(document, ensure_ascii=False)]
