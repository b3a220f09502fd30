"""Repairs around lambdas: errors keep their Python class name, and metrics in log lines become metrics.

The pinned version calls every Python error `Runtime.HandlerError` (retry rules match on the class name) and drops the embedded metric
format, in which the project counts what it accepts and refuses.
"""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

_WORKER_REPORT = '"error": str(e), "trace": traceback.format_exc()'
_Result = dict[str, Any]


def repair() -> None:
    """Puts the repairs in place. Raises RuntimeError when the worker's script is not the one this was made for."""
    from ministack.core import lambda_runtime
    from ministack.services import cloudwatch, lambda_svc

    if _WORKER_REPORT not in lambda_runtime._PYTHON_WORKER_SCRIPT:
        raise RuntimeError("this version of ministack reports errors of a worker in another way")
    named = '"error_class": type(e).__name__, ' + _WORKER_REPORT
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(_WORKER_REPORT, named)
    last = threading.local()
    lambda_runtime.Worker.invoke = _remembering(lambda_runtime.Worker.invoke, last)
    lambda_svc._execute_function_warm = _naming_errors(lambda_svc._execute_function_warm, last)
    lambda_svc._emit_lambda_logs = _counting(lambda_svc._emit_lambda_logs, cloudwatch)


def _remembering(invoke: Callable[..., _Result], last: threading.local) -> Callable[..., _Result]:
    def remembering(*arguments: Any, **named: Any) -> _Result:
        last.result = invoke(*arguments, **named)
        result: _Result = last.result
        return result

    return remembering


def _naming_errors(execute: Callable[..., _Result], last: threading.local) -> Callable[..., _Result]:
    def naming(*arguments: Any, **named: Any) -> _Result:
        last.result = {}
        result = execute(*arguments, **named)
        body, name = result.get("body"), last.result.get("error_class")
        if result.get("error") and name and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            body["errorType"] = name
        return result

    return naming


def _counting(emit: Callable[..., None], cloudwatch: Any) -> Callable[..., None]:
    def counting(function: Any, request_id: str, text: str, *arguments: Any, **named: Any) -> None:
        emit(function, request_id, text, *arguments, **named)
        counted = [cloudwatch.record_metric(*metric) for line in (text or "").splitlines() for metric in metrics_in(line)]
        if counted:
            cloudwatch._evaluate_all_alarms()

    return counting


def metrics_in(line: str) -> Iterator[tuple[str, str, float, str, dict[str, str]]]:
    """The metrics of a log line in the embedded metric format: namespace, name, value, unit, dimensions. None in any other line."""
    if '"_aws"' not in line or "{" not in line:
        return
    try:
        document = json.loads(line[line.index("{") :])
    except ValueError:
        return  # a log line that only looks like it
    for directive in document["_aws"].get("CloudWatchMetrics", []):
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(document.get(name)) for name in names}
            for metric in directive.get("Metrics", []):
                found = document.get(metric["Name"], [])
                for value in found if isinstance(found, list) else [found]:
                    yield directive["Namespace"], metric["Name"], float(value), metric.get("Unit", "None"), dimensions
