"""Phones that are shared, people with two phones, numbers that nobody has checked: who stays apart, who does not, and why."""

from collections.abc import Callable
from typing import Any

from tests.e2e.api import Api, Shop, held, settled_names
from tests.e2e.waiting import eventually


def seen(name: str, **identifiers: str) -> dict[str, Any]:
    return {"name": name, "id": f"{name}-{'-'.join(identifiers.values())}", "identifiers": identifiers}


def test_two_logins_on_one_phone_stay_two_people_and_the_refusal_says_why(api: Api, shop: Shop, mark: str) -> None:
    mother, child, phone = f"mother-{mark}", f"child-{mark}", f"device-{mark}"
    api.send(shop, seen("Opened", device_id=phone))
    api.send(shop, seen("MotherLoggedIn", user_id=mother, device_id=phone))
    api.send(shop, seen("ChildLoggedIn", user_id=child, device_id=phone))
    settled_names(api, "user_id", mother, ["Opened", "MotherLoggedIn"])
    settled_names(api, "user_id", child, ["ChildLoggedIn"])
    assert api.person_id("user_id", mother) == api.person_id("device_id", phone) != api.person_id("user_id", child)
    refused = {(frozenset({f"user_id {child}", f"device_id {phone}"}), "over_limit:user_id")}
    assert api.refused_evidence("user_id", child) == api.refused_evidence("user_id", mother) == refused


def test_one_login_on_two_phones_is_one_person(api: Api, shop: Shop, mark: str) -> None:
    who, old, new = f"owner-{mark}", f"old-{mark}", f"new-{mark}"
    api.send(shop, seen("OnOld", device_id=old), seen("OnNew", device_id=new))
    api.send(shop, seen("LoggedInOnNew", user_id=who, device_id=new), seen("LoggedInOnOld", user_id=who, device_id=old))
    eventually(lambda: set(api.names("user_id", who)), lambda names: names == {"OnOld", "OnNew", "LoggedInOnNew", "LoggedInOnOld"})
    assert held(api.person("device_id", old)) == {f"user_id {who}", f"device_id {old}", f"device_id {new}"}
    assert api.refused_evidence("user_id", who) == set()


def test_an_unchecked_phone_at_a_third_party_does_not_join_two_accounts(api: Api, mark: str, phone: Callable[[int], str]) -> None:
    partner = api.new_shop(f"partner-{mark}", third_party=True)
    number, first, second = phone(1), f"first-{mark}", f"second-{mark}"
    api.send(partner, seen("FormOfFirst", user_id=first, mobile=number))
    api.send(partner, seen("FormOfSecond", user_id=second, mobile=number))
    settled_names(api, "user_id", first, ["FormOfFirst"])
    settled_names(api, "user_id", second, ["FormOfSecond"])
    assert api.person_id("user_id", first) != api.person_id("user_id", second)
    ((pair, reason),) = api.refused_evidence("user_id", first) | api.refused_evidence("user_id", second)
    assert f"mobile {number}" in pair
    assert reason in {"unverified_between_known", "over_limit:user_id"}


def test_an_unchecked_phone_does_not_join_two_people_who_are_known_by_different_kinds_of_identifiers(
    api: Api, shop: Shop, mark: str, phone: Callable[[int], str]
) -> None:
    partner = api.new_shop(f"partner-{mark}", third_party=True)
    number, account, follower = phone(1), f"account-{mark}", f"union-{mark}"
    api.send(shop, seen("LoggedIn", user_id=account, mobile=number), seen("Followed", unionid=follower))
    eventually(lambda: api.person_id("mobile", number) and api.person_id("unionid", follower))
    api.send(partner, seen("FormFilled", unionid=follower, mobile=number))
    eventually(lambda: api.names("unionid", follower), lambda names: "FormFilled" in names)
    assert api.person_id("unionid", follower) != api.person_id("user_id", account)
    refused = {(frozenset({f"unionid {follower}", f"mobile {number}"}), "unverified_between_known")}
    assert api.refused_evidence("unionid", follower) == refused
    # The brand's own shop has checked the same number: that joins them.
    api.send(shop, seen("NumberChecked", unionid=follower, mobile=number))
    eventually(lambda: held(api.person("user_id", account)), lambda found: f"unionid {follower}" in found)
    assert api.refused_evidence("unionid", follower) == set()


def test_an_unchecked_phone_finds_the_person_who_holds_it(api: Api, shop: Shop, mark: str, phone: Callable[[int], str]) -> None:
    partner = api.new_shop(f"partner-{mark}", third_party=True)
    number, who = phone(1), f"owner-{mark}"
    api.send(shop, seen("LoggedIn", user_id=who, mobile=number))
    settled_names(api, "user_id", who, ["LoggedIn"])
    api.send(partner, seen("OrderAtPartner", mobile=number))
    settled_names(api, "user_id", who, ["LoggedIn", "OrderAtPartner"])
    (phone_held,) = [one for one in api.person("user_id", who)["identifiers"] if one["namespace"] == "mobile"]
    assert phone_held["verified"]


def test_filler_values_join_nobody(api: Api, shop: Shop, mark: str) -> None:
    first, second = f"first-{mark}", f"second-{mark}"
    api.send(shop, seen("Filled", user_id=first, mobile="13800000000"), seen("Filled", user_id=second, mobile="13800000000"))
    eventually(lambda: api.person_id("user_id", first) and api.person_id("user_id", second))
    assert held(api.person("user_id", first)) == {f"user_id {first}"}
    assert held(api.person("user_id", second)) == {f"user_id {second}"}
    assert api.person_id("mobile", "13800000000") is None
