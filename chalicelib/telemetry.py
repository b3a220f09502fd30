"""Logs, metrics and traces, wired once. Every invocation ends in a metrics line (CloudWatch embedded metric format), its log line too.

    count_refusals(["time_invalid", "time_invalid", "name_invalid"])     # one further line per code
    count_call("wx77aa00bb11cc22dd", "/cgi-bin/user/info", "nothing")    # one further line per account, interface and outcome
    count_message("sms", "sent")                                         # one further line per channel, or reason of refusal
    count_for_stage("JourneyPaused")                                     # one further line; alarms look at it

    @observed("merge")
    def merge(event: dict[str, Any], context: Any) -> dict[str, Any]: ...

Tracing is off unless HUILIU_TRACE=1: the X-Ray SDK takes 250 ms to import (Python 3.11, 2 cores), even for a tracer that is disabled.
The segments of Lambda itself need no SDK.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, wraps
from threading import Lock
from time import perf_counter
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics, Tracer, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.settings import settings

NAMESPACE: Final = "Huiliu"
SERVICE: Final = settings().prefix  # the dimension that keeps the stages apart

logger = Logger(service=SERVICE, use_rfc3339=True, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)

TRACING: Final = os.environ.get("HUILIU_TRACE") == "1"

_STATES: Final = {"sent": "MessagesSent", "delivered": "MessagesDelivered", "failed": "MessagesFailed", "unknown": "MessagesUnknown"}

_refusals: Counter[str] = Counter()
_calls: Counter[tuple[str, str, str]] = Counter()  # account, interface, outcome
_counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()  # metric, its dimensions
_lags: dict[str, int] = {}  # channel, longest ms
_counting = Lock()  # lambdas that send count in several threads
_provider_calls: Counter[tuple[str, str, str]] = Counter()  # account, adapter, outcome

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@cache
def tracer() -> Tracer:
    """The tracer, made at its first use; it patches botocore, so that every call to AWS is a subsegment."""
    return Tracer(service=SERVICE)


def count_refusals(codes: Iterable[str]) -> None:
    """Counts refused records (events, links, rows) by their stable code; written out when the invocation ends."""
    _refusals.update(codes)


def count_call(account: str, api: str, outcome: str) -> None:
    """Counts a call to WeChat by its outcome, a word of a closed set; written out when the invocation ends."""
    with _counting:
        _calls[account, api, outcome] += 1


def count_message(channel: str, state: str, reason: str = "") -> None:
    """Counts a state that a message came to: by channel, or by reason when it was refused. Other states have no metric."""
    if state == "refused":
        _count("SendRefusals", reason=reason)
    elif state in _STATES:
        _count(_STATES[state], channel=channel)


def note_lag(channel: str, milliseconds: int) -> None:
    """Keeps how long a message waited from decision to sending: the longest of each channel is written out."""
    with _counting:
        _lags[channel] = max(milliseconds, _lags.get(channel, 0))


def count_pause(channel: str, reason: str) -> None:
    """Counts an account that nobody calls for a while."""
    _count("AccountPaused", channel=channel, reason=reason)


def count_for_stage(name: str, count: int = 1) -> None:
    """Counts what an alarm of the whole stage looks at: a metric without any dimension but the stage's."""
    with _counting:
        _counts[name, ()] += count


def count_provider_call(account: str, adapter: str, outcome: str) -> None:
    """Counts a call to a provider by its outcome, a word of a closed set; written out when the invocation ends."""
    with _counting:
        _provider_calls[account, adapter, outcome] += 1


@contextmanager
def invocation(function: str, request_id: str) -> Iterator[dict[str, Any]]:
    """Surrounds the work of one invocation and writes its line when it ends.

    What is put into the yielded dict appears in the line as searchable fields. An exception is logged with its trace and passes on.
    """
    facts: dict[str, Any] = {}
    logger.set_correlation_id(request_id)
    began = perf_counter()
    try:
        with _subsegment(function):
            yield facts
    except Exception:
        logger.exception("invocation failed", function=function)
        metrics.add_metric("Errors", MetricUnit.Count, 1)
        raise
    finally:
        milliseconds = round((perf_counter() - began) * 1000, 3)
        _write(function, milliseconds, {**facts, "request_id": request_id})


def observed(function: str) -> Callable[[Handler], Handler]:
    """Wraps the handler of a stream or queue: counts its records and those it reports as failed, and writes the invocation's line."""

    def wrapped(handler: Handler) -> Handler:
        @wraps(handler)
        def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
            with invocation(function, getattr(context, "aws_request_id", "")) as facts:
                answer = handler(event, context)
                facts["records"] = len(event.get("Records", ()))
                failed = len((answer or {}).get("batchItemFailures", ()))
                metrics.add_metric("Records", MetricUnit.Count, facts["records"])
                metrics.add_metric("FailedRecords", MetricUnit.Count, failed)
            return answer

        return run

    return wrapped


def _count(name: str, **dimensions: str) -> None:
    with _counting:
        _counts[name, tuple(dimensions.items())] += 1


def _subsegment(name: str) -> AbstractContextManager[Any]:
    return tracer().provider.in_subsegment(name=name) if TRACING else nullcontext()


def _write(function: str, milliseconds: float, facts: dict[str, Any]) -> None:
    metrics.add_metric("Duration", MetricUnit.Milliseconds, milliseconds)
    metrics.add_dimension("function", function)
    if _refusals:
        metrics.add_metadata("refusals", dict(_refusals))
    for key, value in facts.items():
        metrics.add_metadata(key, value)
    metrics.flush_metrics()
    _write_refusals()
    _write_calls()
    _write_provider_calls()
    _write_counts()


def _write_refusals() -> None:
    """A line per code: the code is a dimension, so that an alarm can name it."""
    counted = dict(_refusals)
    _refusals.clear()
    for code, count in counted.items():
        _write_single("Refused", MetricUnit.Count, count, (("code", code),))


def _write_calls() -> None:
    """A line per account, interface and outcome; the account is a field of the line only, since each dimension's value is paid for."""
    counted = dict(_calls)
    _calls.clear()
    for (account, api, outcome), count in counted.items():
        with single_metric(name="WechatCalls", unit=MetricUnit.Count, value=count, namespace=NAMESPACE) as metric:
            metric.add_dimension("service", SERVICE)
            metric.add_dimension("api", api)
            metric.add_dimension("outcome", outcome)
            metric.add_metadata("account", account)


def _write_provider_calls() -> None:
    """Alike, a line per account, adapter and outcome."""
    counted = dict(_provider_calls)
    _provider_calls.clear()
    for (account, adapter, outcome), count in counted.items():
        with single_metric(name="ProviderCalls", unit=MetricUnit.Count, value=count, namespace=NAMESPACE) as metric:
            metric.add_dimension("service", SERVICE)
            metric.add_dimension("adapter", adapter)
            metric.add_dimension("outcome", outcome)
            metric.add_metadata("account", account)


def _write_counts() -> None:
    """A line per metric and dimensions, and one per channel whose messages waited."""
    with _counting:
        counted, lags = dict(_counts), dict(_lags)
        _counts.clear()
        _lags.clear()
    for (name, dimensions), count in counted.items():
        _write_single(name, MetricUnit.Count, count, dimensions)
    for channel, milliseconds in lags.items():
        _write_single("SendLag", MetricUnit.Milliseconds, milliseconds, (("channel", channel),))


def _write_single(name: str, unit: MetricUnit, value: float, dimensions: Iterable[tuple[str, str]]) -> None:
    with single_metric(name=name, unit=unit, value=value, namespace=NAMESPACE) as metric:
        for dimension, text in (("service", SERVICE), *dimensions):
            metric.add_dimension(dimension, text)
