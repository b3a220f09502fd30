"""Which personal menus are made and deleted: afterwards the newest that is for a fan is the most important, and nothing is made twice."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.menus.diffing import Made, Menu, Steps, fingerprint, steps
from tests.support.menus import button


def menu(number: int) -> Menu:
    return Menu((button(f"b{number}"),), 100 + number)


def made(*numbers: int) -> list[Made]:
    return [Made(str(place), menu(number).fingerprint) for place, number in enumerate(numbers)]


def after(todo: Steps) -> list[str]:
    """What the platform has when all is done, the oldest first."""
    return [one.fingerprint for one in todo.kept] + [one.fingerprint for one in todo.created]


WANTED = st.lists(st.integers(0, 9), unique=True).map(lambda numbers: [menu(one) for one in numbers])
THERE = st.lists(st.integers(0, 9)).map(lambda numbers: made(*numbers))


@given(WANTED, THERE)
def test_the_platform_ends_up_with_what_is_wanted_the_most_important_newest(wanted: list[Menu], there: list[Made]) -> None:
    todo = steps(wanted, there)
    assert after(todo) == [one.fingerprint for one in reversed(wanted)]
    assert sorted([*todo.kept, *todo.deleted], key=there.index) == there


@given(WANTED)
def test_what_is_as_it_should_be_costs_nothing(wanted: list[Menu]) -> None:
    there = [Made(str(place), one.fingerprint) for place, one in enumerate(reversed(wanted))]
    assert steps(wanted, there) == Steps(tuple(there), (), ())


def test_a_more_important_menu_is_added_on_top() -> None:
    assert steps([menu(3), menu(2), menu(1)], made(1, 2)) == Steps(tuple(made(1, 2)), (menu(3),), ())


def test_whatever_lies_above_a_change_is_made_anew() -> None:
    one, two, three = made(1, 2, 3)
    assert steps([menu(3), menu(9), menu(1)], [one, two, three]) == Steps((one,), (menu(9), menu(3)), (two, three))


def test_a_menu_in_the_wrong_place_is_made_anew_on_top() -> None:
    two, one = made(2, 1)
    assert steps([menu(2), menu(1)], [two, one]) == Steps((one,), (menu(2),), (two,))


def test_what_the_platform_adds_to_buttons_means_nothing() -> None:
    sent = [{"name": "新品", "sub_button": [button("裙装")]}, button("商城")]
    given_back = [{"name": "新品", "sub_button": [button("裙装", sub_button=[])]}, button("商城", sub_button=[], extra=1)]
    nested = [{"name": "新品", "sub_button": {"list": [button("裙装")]}}, button("商城")]
    assert fingerprint(sent, 1) == fingerprint(given_back, 1) == fingerprint(nested, 1)


def test_another_tag_another_order_or_another_word_is_another_menu() -> None:
    one = [button("a"), button("b")]
    others = [fingerprint(one, 2), fingerprint(one[::-1], 1), fingerprint([button("a"), button("c")], 1), fingerprint(one)]
    assert fingerprint(one, 1) not in others
    assert len(set(others)) == len(others)
