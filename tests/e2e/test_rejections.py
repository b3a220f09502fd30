"""What is refused is not lost: it can be read with the reason, the cause can be mended, and it can be replayed."""

import sensorsanalytics as sensors

from tests.e2e.api import Api, Shop, settled_names
from tests.e2e.waiting import eventually


def test_a_refused_event_can_be_read_as_it_came(api: Api, shop: Shop, mark: str) -> None:
    sent = {"name": "OrderPaid", "time": "yesterday", "identifiers": {"user_id": f"rej-{mark}"}, "properties": {"金额": 99}}
    api.call("POST", "/v1/events", {"events": [sent]}, key=shop.key)
    (refused,) = api.rejections(shop.name)
    assert (refused["code"], refused["record"], refused["source"], refused["index"]) == ("time_invalid", sent, shop.name, 0)
    assert (refused["state"], refused["truncated"], refused["protocol"]) == ("open", False, "native")


def test_the_same_refused_request_sent_again_is_one_rejection(api: Api, shop: Shop, mark: str) -> None:
    bad = {"id": f"bad-{mark}", "name": "", "identifiers": {"user_id": f"rej-{mark}"}}
    for _ in range(2):
        api.call("POST", "/v1/events", {"events": [bad]}, key=shop.key)
    assert len(api.rejections(shop.name)) == 1


def test_records_of_a_project_nobody_listed_are_kept_once_somebody_does(api: Api, mark: str) -> None:
    project = f"forgotten-{mark}"
    sdk = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?project={project}"))
    for number in range(3):
        sdk.track(f"rej-a-{mark}", "EarlyBird", {"number": number})
    lost = [one for one in api.every("/v1/rejections", code="key_unknown") if project in one["detail"]]
    assert len(lost) == 3
    assert api.timeline("anonymous_id", f"rej-a-{mark}") == []
    found = api.new_shop(f"found-{mark}", projects=(project,))
    for one in lost:
        told = api.write("POST", f"/v1/rejections/{one['id']}/replay", {"source": found.name})
        assert (told["accepted"], told["rejected"]) == (1, [])
    settled_names(api, "anonymous_id", f"rej-a-{mark}", ["EarlyBird"] * 3)
    assert {event["source"] for event in api.timeline("anonymous_id", f"rej-a-{mark}")} == {found.name}


def test_a_replay_counts_once_however_often_it_is_asked_for(api: Api, mark: str) -> None:
    project = f"forgotten-{mark}"
    sdk = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?project={project}"))
    sdk.track(f"rej-a-{mark}", "EarlyBird", {})
    (lost,) = [one for one in api.every("/v1/rejections", code="key_unknown") if project in one["detail"]]
    found = api.new_shop(f"found-{mark}", projects=(project,))
    replay = f"/v1/rejections/{lost['id']}/replay"
    assert [api.write("POST", replay, {"source": found.name})["accepted"] for _ in range(2)] == [1, 0]
    assert api.read(f"/v1/rejections/{lost['id']}")["state"] == "replayed"
    eventually(lambda: api.person("anonymous_id", f"rej-a-{mark}")["events"], lambda count: count == 1)


def test_what_is_still_wrong_is_refused_again_and_stays_open(api: Api, shop: Shop, mark: str) -> None:
    api.call("POST", "/v1/events", {"events": [{"name": "A", "identifiers": {"user_id": "undefined"}}]}, key=shop.key)
    (refused,) = api.rejections(shop.name)
    told = api.write("POST", f"/v1/rejections/{refused['id']}/replay")
    assert (told["accepted"], [one["code"] for one in told["rejected"]]) == (0, ["identifier_blocked"])
    assert api.read(f"/v1/rejections/{refused['id']}")["state"] == "open"
