"""A rule published today knows what people did yesterday: everybody is gone through, and what is found so is marked."""

from typing import Final

from tests.e2e.api import Json
from tests.e2e.crowd import DAY, ENTERED, GAINED, Crowd, now
from tests.e2e.waiting import eventually

PASS_SECONDS: Final = 150.0  # it begins half a minute after the publication


def test_people_of_before_are_found_by_what_they_did_before_and_those_who_come_later_by_what_they_do(crowd: Crowd) -> None:
    name, event = f"of-old-{crowd.mark}", f"Attended-{crowd.mark}"
    path = f"/v1/segments/{name}"
    for who, times in (("four", 4), ("five", 5), ("nine", 9)):
        crowd.does(who, event, times, at=now() - DAY)
        crowd.settled(who, times)
    crowd.api.publish("segments", name, {"where": {"event": event, "count": {"gte": 5}}})
    crowd.api.publish("tags", name, {"where": {"segment": name}})
    assert crowd.api.read(f"{path}/backfill")["state"] == "waiting"
    assert crowd.api.read(f"{path}/people") == {"items": [], "next": None, "backfill": "running"}
    assert crowd.explained("nine", segment=name).items() >= {"pending": True, "holds": False}.items()
    done = eventually(lambda: crowd.api.read(f"{path}/backfill"), lambda one: one["state"] == "done", PASS_SECONDS)
    assert (done["share"], done["people_failed"]) == (1, 0)
    assert done["people_seen"] >= 3
    crowd.lists(name, "five", "nine")
    assert crowd.explained("nine", segment=name).items() >= {"pending": False, "holds": True}.items()
    assert (crowd.explained("four", segment=name)["holds"], crowd.explained("four", segment=name)["tree"]["found"]["count"]) == (False, 4)

    crowd.does("four", event)
    crowd.does("new", event, 5)
    crowd.lists(name, "five", "four", "new", "nine")

    def told(who: str) -> list[tuple[str, Json]]:
        found = [(one["name"], one["properties"]) for one in crowd.api.timeline("user_id", crowd.name(who)) if one["kind"] == "derived"]
        return sorted(one for one in found if name in one[1].values())

    entered, gained = {"segment": name}, {"tag": name, "value": "", "by": "rule"}
    for who in ("five", "nine"):
        assert told(who) == [(ENTERED, {**entered, "initial": True}), (GAINED, {**gained, "initial": True})]
    for who in ("four", "new"):
        assert told(who) == [(ENTERED, entered), (GAINED, gained)]
    eventually(lambda: crowd.api.read(f"{path}/people")["backfill"], lambda state: state == "done")


def test_all_rules_in_force_answer_alike_and_a_draft_has_nothing_to_tell(crowd: Crowd) -> None:
    kinds = {"segments": "dress-menu", "scores": "activity", "tags": "level", "lifecycle": "default", "derived-attributes": "orders-90d"}
    told = [crowd.api.read(f"/v1/{kind}/{name}/backfill")["plan"] for kind, name in kinds.items()]
    assert len(set(told)) == 1
    crowd.api.write("PUT", f"/v1/segments/draft-{crowd.mark}", {"where": {"event": "A"}})
    assert crowd.api.call("GET", f"/v1/segments/draft-{crowd.mark}/backfill").status_code == 404
