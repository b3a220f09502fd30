"""The routes of journeys beside those that all definitions have. Nothing that they need is imported before a request asks for it."""

from functools import partial
from typing import Final

from chalicelib.http import Access, Route
from chalicelib.later import later

JOURNEY: Final = "/v1/journeys/{name}"
PERSON: Final = "/v1/people/{namespace}/{value}"

entries, journeys, shown = (later(f"chalicelib.entrypoints.{name}") for name in ("journey_entries", "journeys", "journeys_shown"))

runs, reports, report_shown = (
    later(f"chalicelib.entrypoints.{name}") for name in ("journey_runs", "journey_reports", "journey_report_shown")
)
runs_shown = later("chalicelib.entrypoints.journey_runs_shown")
rehearsals, rehearsals_shown = (later(f"chalicelib.entrypoints.{name}") for name in ("journey_rehearsals", "journey_rehearsals_shown"))

_read, _write = (partial(Route, access=access) for access in (Access.READ, Access.WRITE))
_stands = partial(_write, answer=shown.JourneyStatus)

OPERATING: Final = (
    _write(
        *("POST", f"{JOURNEY}/entries", entries.post_entry, "Let somebody in"),
        body=entries.EntryWanted, answer=entries.EntryMade, status=202,
    ),
    _read("GET", f"{JOURNEY}/status", journeys.get_status, "How it stands", answer=shown.JourneyStatus),
    _stands("POST", f"{JOURNEY}/pause", journeys.post_pause, "Hold it"),
    _stands("POST", f"{JOURNEY}/resume", journeys.post_resume, "Go on", body=journeys.ResumeWanted, body_optional=True),
    _stands("POST", f"{JOURNEY}/stop", journeys.post_stop, "Let nobody in any more", body=journeys.StopWanted),
    _stands("POST", f"{JOURNEY}/move", journeys.post_move, "Take people to the version in force", body=journeys.MoveWanted),
    _stands("POST", f"{JOURNEY}/retry", journeys.post_retry, "Try failed steps again", body=journeys.RetryWanted, body_optional=True),
)  # fmt: skip

READING: Final = (
    _read(
        *("GET", f"{JOURNEY}/report", reports.get_journey_report, "Where everybody is, and what came of it"),
        answer=report_shown.JourneyReport, query=reports.REPORT_QUERY,
    ),
    _read(
        *("POST", f"{JOURNEY}/dry-run", rehearsals.post_dry_run, "What it would have done"),
        body=rehearsals.DryRunWanted, answer=rehearsals_shown.DryRunShown,
    ),
    _read("GET", f"{JOURNEY}/runs", runs.list_runs, "Runs", answer=runs_shown.RunList, query=runs.RUNS_QUERY),
    _read("GET", f"{JOURNEY}/runs/{{person}}", runs.get_runs, "One person's, with all that happened", answer=runs_shown.RunsOfPerson),
    _read("GET", f"{PERSON}/journeys", runs.get_journeys_of_person, "One person's, in all journeys", answer=runs_shown.RunsOfPerson),
)  # fmt: skip
