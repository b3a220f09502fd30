"""How the platform's menus stand to the definition in force, and what is known of them."""

import pytest

from chalicelib.entrypoints.menus import Progress, progress_of
from chalicelib.menus.applying import in_order, wanted_menus
from chalicelib.menus.diffing import Made, fingerprint
from chalicelib.menus.documents import MenuDocument
from chalicelib.menus.records import Applied, State
from chalicelib.tagging.sources import Source
from chalicelib.wechat.calls.menus import Conditional, Menus
from tests.support.menus import button, document


@pytest.mark.parametrize(
    ("known", "progress"),
    [
        (Applied(), Progress.PENDING),
        (Applied(state=State.APPLIED, name="shop", version=2), Progress.APPLIED),
        (Applied(state=State.APPLIED, name="shop", version=1), Progress.PENDING),
        (Applied(state=State.APPLIED, name="other", version=2), Progress.PENDING),
        (Applied(state=State.WAITING, name="shop", version=1), Progress.WAITING),
        (Applied(state=State.FAILED), Progress.FAILED),
    ],
)
def test_a_version_is_applied_only_when_it_was(known: Applied, progress: Progress) -> None:
    assert progress_of(known, "shop", 2) is progress


def test_a_menu_whose_segment_has_no_tag_yet_waits_for_it() -> None:
    menus = wanted_menus(MenuDocument.model_validate(document("a", "b")), {Source.menu("b"): 101})
    assert [(one.tag, one.buttons[0]["name"]) for one in menus] == [(101, "b")]


def test_noted_menus_come_in_the_order_in_which_they_were_made_and_others_are_newer() -> None:
    shown = tuple(Conditional(number, (button(number),), 100) for number in ("9", "8", "2", "1"))  # the newest first
    known = Applied(menus=(Made("1", "x"), Made("5", "gone"), Made("2", "y")))
    others = [Made(number, fingerprint([button(number)], 100)) for number in ("8", "9")]
    assert in_order(known, Menus((), shown)) == [Made("1", "x"), Made("2", "y"), *others]
    assert in_order(known, None) == []
