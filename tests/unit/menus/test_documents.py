"""Definitions of menus: every limit of the platform, with the place of a fault."""

from typing import Any

import pytest

from chalicelib.definitions.kinds import kind_of
from chalicelib.errors import DocumentInvalid
from chalicelib.menus import publishing
from chalicelib.menus.buttons import MAX_BYTES, ButtonType, needs_of, platform_buttons
from chalicelib.menus.documents import KIND, MenuDocument
from chalicelib.tagging import wanted
from chalicelib.tagging.sources import Source
from tests.support.menus import APPID, button, document

VIEW = {"type": "view", "name": "商城", "url": "https://shop.example.com/"}
VALUES = {"url": "https://shop.example.com/"}


assert publishing  # which makes the kind known


def of_type(kind: ButtonType) -> dict[str, Any]:
    """A button with all fields of its type."""
    return {"type": kind.value, "name": "新品", **{field: VALUES.get(field, "x") for field in needs_of(kind)}}


def faults(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as refused:
        kind_of(KIND).checked(document("unpaid") | changes)
    return [(one.path, one.code) for one in refused.value.faults]


@pytest.mark.parametrize("kind", ButtonType)
def test_a_button_of_every_type_is_taken_as_it_is(kind: ButtonType) -> None:
    checked = MenuDocument.model_validate(document(buttons=[of_type(kind)]))
    assert platform_buttons(checked.buttons) == [of_type(kind)]


@pytest.mark.parametrize("kind", ButtonType)
def test_a_button_needs_every_field_of_its_type(kind: ButtonType) -> None:
    for field in needs_of(kind):
        lacking = {name: value for name, value in of_type(kind).items() if name != field}
        assert faults(buttons=[lacking]) == [(f"buttons/0/{field}", "field_missing")]
        assert faults(buttons=[{**of_type(kind), field: " "}]) == [(f"buttons/0/{field}", "field_missing")]


@pytest.mark.parametrize("kind", ButtonType)
def test_a_button_has_no_field_of_another_type(kind: ButtonType) -> None:
    for field in MAX_BYTES.keys() - set(needs_of(kind)):
        assert faults(buttons=[{**of_type(kind), field: "x"}]) == [(f"buttons/0/{field}", "field_unexpected")]


@pytest.mark.parametrize(
    ("buttons", "path", "code"),
    [
        ([], "buttons", "list_expected"),
        ([button("a")] * 4, "buttons", "too_long"),
        ([{"name": "a", "sub_button": [button("b")] * 6}], "buttons/0/sub_button", "too_long"),
        ([{"name": "a"}], "buttons/0", "type_or_sub_button"),
        ([{"name": "a", "sub_button": []}], "buttons/0", "type_or_sub_button"),
        ([button("a", sub_button=[button("b")])], "buttons/0", "type_or_sub_button"),
        ([{"name": "a", "sub_button": [{"name": "b", "sub_button": [button("c")]}]}], "buttons/0/sub_button/0/type", "missing"),
        ([{"name": "a", "key": "k", "sub_button": [button("b")]}], "buttons/0/key", "field_unexpected"),
        ([button("新品上市了啊")], "buttons/0/name", "name_too_long"),
        ([button(" ", key="k")], "buttons/0/name", "name_missing"),
        ([{"name": "a", "sub_button": [button("长" * 21, key="k")]}], "buttons/0/sub_button/0/name", "name_too_long"),
        ([button("a", key="长" * 43)], "buttons/0/key", "field_too_long"),
        ([{**VIEW, "url": "https://a.example/" + "x" * 1007}], "buttons/0/url", "field_too_long"),
        ([{**VIEW, "url": "shop.example.com"}], "buttons/0/url", "url_invalid"),
        ([{**VIEW, "url": "javascript:alert(1)"}], "buttons/0/url", "url_invalid"),
        ([{**VIEW, "url": "http://[::1"}], "buttons/0/url", "url_invalid"),
        ([{**VIEW, "type": "views"}], "buttons/0/type", "enum"),
    ],
)
def test_what_the_platform_would_refuse_is_refused_with_its_place(buttons: list[Any], path: str, code: str) -> None:
    assert (path, code) in faults(buttons=buttons)


@pytest.mark.parametrize("name", ["新品上市了", "sixteen letters."])
def test_a_name_may_take_sixteen_bytes(name: str) -> None:
    MenuDocument.model_validate(document(buttons=[button(name)]))


def test_a_name_below_a_button_may_take_sixty() -> None:
    MenuDocument.model_validate(document(buttons=[{"name": "a", "sub_button": [button("长" * 20, key="k")] * 5}]))


def test_a_fault_of_a_personal_menu_has_its_place() -> None:
    personal = [{"segment": "unpaid", "buttons": [button("a")]}, {"segment": "asleep", "buttons": [{**VIEW, "url": "x"}]}]
    assert faults(personal=personal) == [("personal/1/buttons/0/url", "url_invalid")]


def test_a_segment_has_one_menu() -> None:
    assert faults(personal=document("unpaid", "unpaid")["personal"]) == [("personal/1/segment", "segment_repeated")]


def test_all_menus_together_lead_to_three_domains_at_most() -> None:
    def linked(*hosts: str) -> list[Any]:
        return [{**VIEW, "url": f"https://{host}/a"} for host in hosts]

    three = document(buttons=linked("a.example", "b.example"), personal=[{"segment": "s", "buttons": linked("c.example", "A.example")}])
    MenuDocument.model_validate(three)
    assert faults(**{**three, "buttons": linked("a.example", "b.example", "d.example")}) == [("", "domains_too_many")]


def test_the_room_of_tags_knows_the_kind_and_its_segments() -> None:
    """It stands below that of menus, and reads their documents without their model."""
    checked = MenuDocument.model_validate(document("unpaid", "asleep"))
    assert KIND == wanted.MENUS
    assert wanted.segments_of(kind_of(KIND).written(document("unpaid", "asleep"))) == [Source.menu(one.segment) for one in checked.personal]


def test_an_account_shows_the_menus_of_one_definition() -> None:
    kind = kind_of(KIND)
    assert list(kind.claims(kind.checked(document()))) == [APPID]
