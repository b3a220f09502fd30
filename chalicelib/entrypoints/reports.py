"""Reports: what became of the messages of a broadcast or a template, and `GET /v1/templates/{name}/report`."""

from typing import Final

from pydantic import BaseModel, Field

from chalicelib.broadcasts import store
from chalicelib.definitions import store as definitions
from chalicelib.dispatch import tallies
from chalicelib.dispatch.model import State
from chalicelib.dispatch.tally_sheets import WENT_OUT, Counts, Credit, report_of_broadcast, report_of_template
from chalicelib.durations import UNITS_MS
from chalicelib.entrypoints.times import time_of
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Query, Request
from chalicelib.journeys.templates_used import reports_sending
from chalicelib.messages.templates.documents import KIND
from chalicelib.messages.templates.model import ChannelName

SPAN_MS: Final = 7 * UNITS_MS["d"]  # without `from`
MAX_SPAN_MS: Final = 92 * UNITS_MS["d"]
REPORT_QUERY: Final = (
    Query("from", "Messages asked for from this time on (RFC 3339 or epoch ms). Default: seven days ago."),
    Query("to", "Messages asked for before this time. Default: now."),
)
_WAITING: Final = (State.ACCEPTED, State.DEFERRED, State.QUEUED, State.CLAIMED)
# A fan can only leave where they follow: the others are not counted in the rate.
_FOLLOWED: Final = (ChannelName.TEMPLATE, ChannelName.SUBSCRIBE, ChannelName.CUSTOMER_SERVICE, ChannelName.MASS)


class Outcomes(BaseModel):
    """How many messages came to what. `sent` holds those that were `delivered` too, and these those that were `clicked`.

    `waiting` are to be decided or sent, some of them `deferred`. Of `unknown` nobody knows whether they went out; they are not sent again.
    """

    messages: int
    waiting: int
    deferred: int
    sent: int
    delivered: int
    clicked: int
    failed: int
    unknown: int
    refused: int
    unfollowed: int = Field(description="Who left the account within 48 hours.")
    converted: int


class Report(Outcomes):
    """The same with reasons, the commonest first, and by channel. `unfollow_rate` is of those sent by WeChat, null where none was."""

    unfollow_rate: float | None
    reasons: dict[str, dict[str, int]] = Field(description="For `deferred`, `failed`, `unknown` and `refused`.")
    channels: dict[str, Outcomes]


class TemplateReport(BaseModel):
    """What became of all messages of a template, however they were asked for; `broadcasts` and `journeys` are how many of those are among
    it.
    """

    name: str
    since: str
    until: str
    broadcasts: int
    journeys: int
    report: Report


def get_template_report(request: Request) -> Answer:
    """`GET /v1/templates/{name}/report`: from notes that are kept with every change; no message is read. Broadcasts count by when they
    were made. Raises NotFound for a template that never was, BadRequest for more than 92 days.
    """
    name = request.params["name"]
    definitions.get(KIND, name)
    start, end = _bounds(request)
    made = list(store.of_template(name, start, end))
    counts = sum((tallies.counted(report_of_broadcast(one)) for one in made), tallies.counted_between(report_of_template(name), start, end))
    of_nodes = [(journey, tallies.counted_between(report, start, end)) for journey, report in reports_sending(name)]
    counts = sum((counted for _, counted in of_nodes), counts)
    shown = TemplateReport(
        name=name,
        since=rfc3339(start),
        until=rfc3339(end),
        broadcasts=len(made),
        journeys=len({journey for journey, counted in of_nodes if counted.total}),
        report=shown_report(counts),
    )
    return Answer(body=shown)


def shown_report(counts: Counts) -> Report:
    """A report as it is shown."""
    by_channel = counts.by_channel()
    followed = [by_channel[name] for name in _FOLLOWED if name in by_channel]
    sent = sum(one.of(*WENT_OUT) for one in followed)
    left = sum(one.credited(Credit.UNFOLLOWED) for one in followed)
    told = (State.DEFERRED, State.FAILED, State.UNKNOWN, State.REFUSED)
    return Report(
        **_outcomes(counts),
        unfollow_rate=round(left / sent, 6) if sent else None,
        reasons={state.value: reasons for state in told if (reasons := counts.reasons(state))},
        channels={name: Outcomes(**_outcomes(one)) for name, one in by_channel.items()},
    )


def _outcomes(counts: Counts) -> dict[str, int]:
    return {
        "messages": counts.total,
        "waiting": counts.of(*_WAITING),
        "deferred": counts.of(State.DEFERRED),
        "sent": counts.of(*WENT_OUT),
        "delivered": counts.of(State.DELIVERED, State.CLICKED),
        "clicked": counts.of(State.CLICKED),
        "failed": counts.of(State.FAILED),
        "unknown": counts.of(State.UNKNOWN),
        "refused": counts.of(State.REFUSED),
        "unfollowed": counts.credited(Credit.UNFOLLOWED),
        "converted": counts.credited(Credit.CONVERTED),
    }


def _bounds(request: Request) -> tuple[int, int]:
    now = request.received_at
    end = min(time_of(request, "to") or now, now)
    start = time_of(request, "from") or end - SPAN_MS
    if not 0 <= end - start <= MAX_SPAN_MS:
        raise BadRequest("from must lie before to, and not more than 92 days before")
    return start, end
