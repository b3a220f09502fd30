"""Files of orders: announced, uploaded to a signed address, read row by row, and found on the people they belong to."""

import json
from collections.abc import Callable

from tests.e2e.api import Api, Shop, settled_names
from tests.e2e.imports import imported, order, table
from tests.e2e.waiting import eventually


def test_an_order_that_has_only_a_phone_number_is_on_the_person_who_holds_it(
    api: Api, shop: Shop, mark: str, phone: Callable[[int], str]
) -> None:
    who, number = f"buyer-{mark}", phone(1)
    api.send(shop, {"name": "LoggedIn", "time": "2026-11-20T09:00:00+08:00", "identifiers": {"user_id": who, "mobile": number}})
    job = imported(api, table([order(mark, 1, number), order(mark, 2, "123", "1"), order(mark, 3, phone(2), "0.1")]))
    assert (job["state"], job["rows"]) == ("done", {"read": 3, "kept": 2, "refused": 1, "skipped": 0})
    settled_names(api, "user_id", who, ["LoggedIn", "OrderPaid"])
    paid = api.timeline("user_id", who)[1]
    assert (paid["time"], paid["properties"]["order_id"]) == ("2026-11-20T04:25:00.000Z", f"T{mark}00001")
    assert paid["properties"]["amount"] == 99.5
    settled_names(api, "mobile", phone(2), ["OrderPaid"])
    (refused,) = api.every(f"/v1/imports/{job['id']}/rejections")
    assert (refused["row"], refused["record"]["买家手机"]) == (2, "123")
    assert refused["code"].startswith("identifier_")


def test_the_same_file_imported_twice_counts_its_orders_once(api: Api, mark: str, phone: Callable[[int], str]) -> None:
    content = table(order(mark, number, phone(1)) for number in range(300))
    for _ in range(2):
        job = imported(api, content, source=f"tmall-{mark}")
        assert (job["state"], job["rows"]["kept"], job["rows"]["refused"]) == ("done", 300, 0)
    eventually(lambda: api.person("mobile", phone(1))["events"], lambda count: count == 300)
    assert len(api.timeline("mobile", phone(1))) == 300


def test_a_file_of_json_lines_is_read_by_its_mapping(api: Api, mark: str, phone: Callable[[int], str]) -> None:
    rows = [{"no": f"J{mark}-{number}", "tel": phone(1), "sum": number, "at": "2026-11-20T12:00:00+08:00"} for number in range(5)]
    mapping = {
        "event": "OrderPaid", "time": "at", "id": "no", "identifiers": {"mobile": "tel"},
        "properties": {"order_id": "no", "amount": {"column": "sum", "type": "number"}},
    }  # fmt: skip
    content = "\n".join(json.dumps(row) for row in rows).encode()
    job = imported(api, content, format="jsonl", mapping=mapping, filename="orders.jsonl")
    assert (job["state"], job["rows"]["kept"]) == ("done", 5)
    eventually(lambda: api.person("mobile", phone(1))["events"], lambda count: count == 5)


def test_a_file_that_names_nobody_is_refused_with_the_reason(api: Api) -> None:
    job = imported(api, "颜色,尺码\n红,L\n".encode())
    assert (job["state"], job["code"]) == ("failed", "mapping_needed")
