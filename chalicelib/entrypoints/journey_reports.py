"""`GET /v1/journeys/{name}/report`: where everybody is, what the journey's messages came to, and what happened because of it."""

from collections.abc import Mapping
from typing import Final

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.definitions import store as definitions
from chalicelib.dispatch import tallies
from chalicelib.dispatch.tally_sheets import Counts
from chalicelib.entrypoints.journey_report_shown import JourneyReport, VersionReport, goal_of_all, goal_of_version, runs_of, shown_node
from chalicelib.entrypoints.reports import Report, shown_report
from chalicelib.entrypoints.times import time_of
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Query, Request
from chalicelib.journeys.counts import counting
from chalicelib.journeys.counts.census import Census
from chalicelib.journeys.engine import messages
from chalicelib.journeys.engine.acts import CallWebhook, NotifyStaff
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.nodes.acting import Do, SendMessage
from chalicelib.journeys.nodes.node import Node

KIND: Final = "journeys"
REPORT_QUERY: Final = (
    Query("from", "Runs whose entries happened from this time on (RFC 3339 or epoch ms), to ten seconds. Default: all that are known."),
    Query("to", "Runs whose entries happened before this time. Default: all up to now."),
)
_FOR_EVER: Final = 9_999_999_999_999  # the greatest time (ms) that sheets can be of


def get_journey_report(request: Request) -> Answer:
    """`GET /v1/journeys/{name}/report`: from notes that are kept with every step; no run and no message is read.

    Raises NotFound for a journey that never was.
    """
    name = request.params["name"]
    definitions.get(KIND, name)
    start, end = _bounds(request)
    found = counting.counted(name, start, end)
    charts = {version: counting.chart(name, version) for version in found}
    shown = JourneyReport(
        name=name,
        since=rfc3339(start) if start else None,
        until=rfc3339(min(end + 1, request.received_at)),
        runs=runs_of(found.values()),
        goal=goal_of_all([(census, charts[version]) for version, census in found.items()]),
        versions={str(version): _version(census, charts[version], (start, end)) for version, census in found.items()},
    )
    return Answer(body=shown)


def _version(census: Census, chart: Chart | None, span: tuple[int, int]) -> VersionReport:
    nodes: Mapping[str, Node] = chart.nodes if chart else {}
    names = [*nodes, *sorted(census.nodes - set(nodes))]
    return VersionReport(
        runs=runs_of([census]),
        goal=goal_of_version(census, chart),
        nodes={name: shown_node(census, chart, name, _messages(census, chart, name, span)) for name in names},
    )


def _messages(census: Census, chart: Chart | None, node: str, span: tuple[int, int]) -> Report | None:
    """What became of the messages of a node; None for a node that sends none."""
    if chart is None or not _sends(chart.nodes.get(node)):
        return None
    if not census.began(node) and not census.posted[node]:
        return shown_report(Counts())
    return shown_report(tallies.counted_between(messages.report_of(chart.name, chart.version, node), *span))


def _sends(node: Node | None) -> bool:
    return isinstance(node, SendMessage) or (isinstance(node, Do) and any(isinstance(act, CallWebhook | NotifyStaff) for act in node.acts))


def _bounds(request: Request) -> tuple[int, int]:
    """The first and the last instant (ms) of the span."""
    start, end = time_of(request, "from") or 0, time_of(request, "to")
    if end is not None and end <= start:
        raise BadRequest("from must lie before to")
    return start, _FOR_EVER if end is None else end - 1
