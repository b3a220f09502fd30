"""A step fails after its run has gone on and what would have ended it has happened: nobody has that step tried again."""

from collections.abc import Iterator

import pytest

from chalicelib.journeys.engine.model import Send
from chalicelib.journeys.runs.store import of_image
from chalicelib.journeys.steps import failing, moving_on
from chalicelib.journeys.steps.failing import StepFailed
from tests.integration.journeys.world import HOUR, SECOND, Town

MING = "user_id#ming"


@pytest.fixture
def town() -> Iterator[Town]:
    with Town().open() as made:
        yield made


def test_a_run_whose_order_was_paid_meanwhile_does_not_come_back_for_its_coupon(town: Town) -> None:
    town.happens(town.event("OrderCreated", 0, {"order_id": "o1"}, user_id="ming"))
    town.now += 2 * HOUR + 10 * SECOND
    moving_on.look_at(town.person(MING), "unpaid", town.now)
    written = [of_image(item) for table, _, _, item in town.dynamo.changes if table.endswith("-runs") and item][-1]
    (step,) = (one for one in written.outbox if isinstance(one, Send))
    town.happens(town.event("OrderPaid", 2 * HOUR + 60 * SECOND, {"order_id": "o1"}, user_id="ming"))
    failing.fail(written, step, StepFailed("template_unknown", "no template coupon is in force"), town.now)
    assert not town.run(MING, "unpaid").open
