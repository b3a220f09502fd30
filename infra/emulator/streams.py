"""Repair: stream mappings that keep Lambda's promises (partial failures, bisect, retry limit, dead letters) and do not wait for each other.

The pinned version retries a failed batch for ever, loses records reported as failed, and calls every lambda from one thread.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from infra.emulator.retries import Progress, after

_Record = dict[str, Any]


@dataclass(slots=True)
class _Batch:
    """Records that pass the mapping's filter, each with its place in the stream, and the place after the last one looked at."""

    records: list[_Record]
    places: list[int]
    end: int

    def next_place(self, done: int) -> int:
        """Where to read on after `done` records of the batch."""
        return self.end if done >= len(self.records) else self.places[done]


@dataclass(slots=True)
class StreamPoller:
    """Replaces the emulator's poller of table streams; `poll` is called from its loop and returns whether it started anything."""

    functions: Any  # ministack.services.lambda_svc
    tables: Any  # ministack.services.dynamodb
    progress: dict[str, Progress] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    def poll(self) -> bool:
        """Starts the next batch of every mapping that is not busy with one."""
        started = False
        for account, region, mapping in self.functions._iter_all_esms():
            tokens = self.functions._request_account_id.set(account), self.functions._request_region.set(region)
            try:
                started = self._start(mapping) or started
            finally:
                self.functions._request_account_id.reset(tokens[0])
                self.functions._request_region.reset(tokens[1])
        return started

    def _start(self, mapping: dict[str, Any]) -> bool:
        uid, table = mapping["UUID"], _table(mapping)
        if not table or uid in self.busy or not mapping.get("Enabled", True) or self.functions._esm_backoff_until.get(uid, 0) > time.time():
            return False
        function, _ = self.functions._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None or (self.tables._tables.get(table) or {}).get("LatestStreamArn") != mapping["EventSourceArn"]:
            return False
        batch = self._read(mapping, table)
        if batch.records:
            self.busy.add(uid)
            self.functions.spawn_background(self._deliver, mapping, function, batch, thread_name=f"stream-{mapping['FunctionName']}")
            return True
        return self._move(uid, batch.end)

    def _read(self, mapping: dict[str, Any], table: str) -> _Batch:
        place = max(self._place(mapping), self.tables.stream_start_position(table))
        batch = _Batch([], [], place)
        size = self.progress.get(mapping["UUID"], Progress()).limit or mapping.get("BatchSize", 100)
        for record in self.tables.stream_records_since(table, place, size):
            if self.functions._apply_filter_criteria([record], mapping):
                batch.records.append(record)
                batch.places.append(batch.end)
            batch.end += 1
        return batch

    def _place(self, mapping: dict[str, Any]) -> int:
        self.functions._init_stream_position(mapping["UUID"], mapping["EventSourceArn"], mapping.get("StartingPosition", "LATEST"))
        return int(self.functions._dynamodb_stream_positions[mapping["UUID"]])

    def _move(self, uid: str, place: int) -> bool:
        """Moves a mapping on; True when that changed anything."""
        with self.functions._dynamodb_stream_positions_lock:
            moved = bool(self.functions._dynamodb_stream_positions.get(uid) != place)
            self.functions._dynamodb_stream_positions[uid] = place
        return moved

    def _deliver(self, mapping: dict[str, Any], function: dict[str, Any], batch: _Batch) -> None:
        uid = mapping["UUID"]
        try:
            result = self.functions._execute_function(function, {"Records": batch.records})
            failed_at = _first_failure(mapping, batch.records, result)
            bisect = bool(mapping.get("BisectBatchOnFunctionError")) and bool(result.get("error"))
            retries = int(mapping.get("MaximumRetryAttempts", -1))
            step = after(self.progress.get(uid, Progress()), len(batch.records), failed_at, retries, bisect)
            if step.given_up:
                given_up = batch.records[step.done - step.given_up : step.done]
                arn = mapping["EventSourceArn"]
                self.functions._send_ddb_stream_failure_record(mapping, function, given_up, arn, result, "RetryAttemptsExhausted")
            self.progress[uid] = step.progress
            self.functions._esm_backoff_until[uid] = time.time() + step.pause
            if step.done:
                self._move(uid, batch.next_place(step.done))
            mapping["LastProcessingResult"] = "OK" if failed_at is None else "FAILED"
        finally:
            self.busy.discard(uid)
            self.functions._esm_wake.set()


def _table(mapping: dict[str, Any]) -> str:
    arn = str(mapping.get("EventSourceArn", ""))
    return arn.split(":table/")[1].split("/stream/", maxsplit=1)[0] if ":dynamodb:" in arn and "/stream/" in arn else ""


def _first_failure(mapping: dict[str, Any], records: list[_Record], result: dict[str, Any]) -> int | None:
    if result.get("error"):
        return 0
    body = result.get("body")
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []) or not isinstance(body, dict):
        return None
    numbers = [str(record["dynamodb"]["SequenceNumber"]) for record in records]
    failed = [str(one.get("itemIdentifier")) for one in body.get("batchItemFailures") or []]
    # An identifier that is not in the batch fails all of it, as in Lambda.
    return min((numbers.index(one) if one in numbers else 0 for one in failed), default=None)


def repair() -> None:
    """Puts the poller in place of the emulator's."""
    from ministack.services import dynamodb, lambda_svc

    needed = (
        "_poll_dynamodb_streams",
        "_iter_all_esms",
        "_esm_backoff_until",
        "_send_ddb_stream_failure_record",
        "spawn_background",
        "_esm_wake",
    )
    missing = [name for name in needed if not hasattr(lambda_svc, name)]
    if missing:
        raise RuntimeError(f"this version of ministack lacks {missing}")
    lambda_svc._poll_dynamodb_streams = StreamPoller(lambda_svc, dynamodb).poll
