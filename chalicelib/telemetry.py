"""Logs, metrics and traces, wired once. Every invocation ends in a metrics line (CloudWatch embedded metric format), its log line too.

    count_refusals(["time_invalid", "time_invalid", "name_invalid"])     # one further line per code
    count_call("wx77aa00bb11cc22dd", "/cgi-bin/user/info", "nothing")    # one further line per account, interface and outcome

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

_refusals: Counter[str] = Counter()
_calls: Counter[tuple[str, str, str]] = Counter()  # account, interface, outcome

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
    _calls[account, api, outcome] += 1


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


def _write_refusals() -> None:
    """A line per code: the code is a dimension, so that an alarm can name it."""
    counted = dict(_refusals)
    _refusals.clear()
    for code, count in counted.items():
        with single_metric(name="Refused", unit=MetricUnit.Count, value=count, namespace=NAMESPACE) as metric:
            metric.add_dimension("service", SERVICE)
            metric.add_dimension("code", code)


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
