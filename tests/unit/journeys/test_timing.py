"""What the timers of journeys are called by."""

import pytest

from chalicelib.journeys.steps import timing
from chalicelib.journeys.steps.timing import About, Kind
from chalicelib.timers.model import Due


@pytest.mark.parametrize(
    ("due", "about"),
    [
        (timing.look_at("p_1", "coupon", 5), About(Kind.PERSON, "coupon", "p_1")),
        (timing.cron_of("coupon", 5), About(Kind.CRON, "coupon")),
        (timing.date_of("p_1", "coupon", 5), About(Kind.DATE, "coupon", "p_1")),
    ],
)
def test_a_timer_says_what_it_is_about(due: Due, about: About) -> None:
    assert (timing.about(due.subject), due.at) == (about, 5)


def test_what_one_timer_is_about_no_other_is() -> None:
    assert len({timing.look_at("p", "a", 5).subject, timing.date_of("p", "a", 5).subject, timing.cron_of("a", 5).subject}) == 3


@pytest.mark.parametrize("subject", ["", "m#1", "p#coupon", "p##p_1", "c#coupon#p_1", "d#coupon", "c"])
def test_what_is_no_timer_of_journeys_is_not_understood(subject: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        timing.about(subject)
