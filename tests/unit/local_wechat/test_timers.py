"""What is to happen later happens in its order, once, and when it is due."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat.timers import Timers

SOON = 10.0  # s


@given(st.lists(st.integers(0, 100)), st.integers(0, 100))
def test_all_that_is_due_happens_in_order_and_nothing_else(dues: list[int], now: int) -> None:
    timers, done = Timers(), list[int]()
    for due in dues:
        timers.add(due, lambda due=due: done.append(due))  # type: ignore[misc]
    timers.run(now)
    assert done == sorted(due for due in dues if due <= now)
    assert len(timers) == len(dues) - len(done)
    timers.run(now)
    assert len(done) == len([due for due in dues if due <= now])


def test_what_is_due_at_once_happens_in_the_order_it_was_asked_for() -> None:
    timers, done = Timers(), list[str]()
    for name in "abc":
        timers.add(5, lambda name=name: done.append(name))  # type: ignore[misc]
    timers.run(5)
    assert done == ["a", "b", "c"]


def test_what_happens_may_ask_for_more() -> None:
    timers, done = Timers(), list[int]()

    def again() -> None:
        done.append(len(done))
        if len(done) < 3:
            timers.add(0, again)

    timers.add(0, again)
    timers.run(1)
    assert done == [0, 1, 2]


def test_somebody_else_may_do_it() -> None:
    timers, handed = Timers(), list[object]()
    timers.add(0, lambda: None)
    timers.run(1, handed.append)
    assert len(handed) == 1


def test_forgotten_is_forgotten() -> None:
    timers = Timers()
    timers.add(0, lambda: (_ for _ in ()).throw(AssertionError("should be forgotten")))
    timers.clear()
    timers.run(1)
    assert len(timers) == 0


def test_waiting_ends_when_something_is_due_added_or_somebody_wakes() -> None:
    timers = Timers()
    timers.add(0, lambda: None)
    timers.wait(1, SOON)
    timers.clear()
    for end in (timers.wake, lambda: timers.add(0, lambda: None)):
        waiting = threading.Thread(target=timers.wait, args=(0, SOON))
        waiting.start()
        while waiting.is_alive():
            end()
            waiting.join(0.01)
        timers.clear()
