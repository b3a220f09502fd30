"""`make run`: the whole system on this machine, with one person's day, another one's clicks and a fan's visits in it, until Ctrl-C.

Leaves `.local/stack.json` while it runs: where the API is, and keys to call it.
"""

import argparse
import json
import os
import signal
import sys
import time
import urllib.error
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

from chalicelib.durations import duration_ms
from chalicelib.pace import Pace
from infra.beside import BesideFailed
from infra.demo import CHINA, EVENTS, MINI_PROGRAM_OPENID, MOBILE, Demo, yesterday
from infra.demo_fan import FanDemo
from infra.demo_fan_told import MISSING, story
from infra.demo_journeys import JourneysDemo
from infra.demo_journeys_told import story as journeys_story
from infra.demo_messages import MessagesDemo
from infra.demo_messages_told import story as messages_story
from infra.demo_rules import CLICKS, CONSEQUENCES, LEFT, RulesDemo, clicked, entering, leaving
from infra.emulator.process import EmulatorFailed
from infra.local_stack import LocalStack, PackagingFailed, call, local_stack
from infra.package import InstallFailed
from infra.paths import LOCAL, STACK_FILE

DEFAULT_PORT: Final = 4600
_SETTLE_SECONDS: Final = 60.0  # for the demo to pass through the streams; it takes about five
_PAUSE_SECONDS: Final = 0.25  # between two looks
_SLOWER: Final = 10  # as many times slower a clock is, for a machine that cannot keep up
_WATCHED_SECONDS: Final = 100.0  # the longest window whose end is waited for
_OF_JOURNEYS: Final = "$journey_"  # what events of journeys begin with
_OPENID: Final = f"openid:wx618mini/{MINI_PROGRAM_OPENID}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="infra.run", description="Run the whole system on this machine.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--time-scale", type=float, default=1.0, help="3600 makes an hour a second in waits")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        run(arguments.port, arguments.time_scale)
    except KeyboardInterrupt:
        print("\nstopped")
    except (EmulatorFailed, InstallFailed, PackagingFailed, BesideFailed) as error:
        raise SystemExit(f"make run: {error}") from error


def run(port: int, time_scale: float) -> None:
    """Brings everything up, tells the demo, says what to look at, and stays until it is stopped."""
    began = time.monotonic()
    print(f"starting on port {port} ...", flush=True)
    with local_stack(LOCAL / f"run-{port}", port, time_scale) as stack, _stack_file(stack):
        print(f"up after {time.monotonic() - began:.1f} s; sending the demo by the Sensors Analytics SDK and curl ...", flush=True)
        rules = RulesDemo(stack)
        rules.publish()
        fan = FanDemo(stack)
        fan.publish()
        messages = MessagesDemo(stack)
        messages.publish()
        journeys = JourneysDemo(stack)
        journeys.publish()
        Demo(stack.api_url, stack.write_key, yesterday(datetime.now(UTC))).send()
        complete = _until(lambda: names_in_timeline(stack) == list(EVENTS))
        print(_words(stack), flush=True)
        complete = _tell_rules(rules) and complete
        complete = _tell(story(fan, _until)) and complete
        complete = _tell(messages_story(messages, _until)) and complete
        complete = _tell(journeys_story(journeys, _until)) and complete
        if not complete:
            print(incomplete(stack.emulator.home, time_scale), file=sys.stderr)
        stack.emulator.wait()
        raise EmulatorFailed(f"the emulator ended by itself{_told_in(stack.emulator.home)}")


@contextmanager
def _stack_file(stack: LocalStack) -> Iterator[Path]:
    """Says how to reach the stack, readable only by whoever runs it (it holds keys), for as long as it runs."""
    STACK_FILE.touch(mode=0o600)
    STACK_FILE.write_text(json.dumps(stack.document(), indent=2) + "\n", "utf-8")
    try:
        yield STACK_FILE
    finally:
        STACK_FILE.unlink(missing_ok=True)


def _until(reached: Callable[[], Any], seconds: float = _SETTLE_SECONDS) -> bool:
    """Asks until it is so; False when it has not become so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if reached():
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _tell_rules(rules: RulesDemo) -> bool:
    """Shows the click that joins, and the leaving if time runs fast enough to wait for it; False when they do not happen."""
    watched = rules.window <= _WATCHED_SECONDS
    if watched:
        print("Waiting until everybody has been brought up to the rules, which begins 25 s after they are published ...\n", flush=True)
        _until(rules.everybody_knows)
    rules.begin()
    known = _until(lambda: clicked(rules.explained()) == CLICKS)
    few = rules.explained()
    rules.go_on()
    told = _until(lambda: rules.events().keys() >= CONSEQUENCES)
    if not (known and told):
        return False
    print(entering(rules, few, rules.explained()), flush=True)
    if not watched:
        return True
    left = _until(lambda: LEFT in rules.events(), rules.window + _SETTLE_SECONDS)
    if left:
        print(leaving(rules), flush=True)
    return left


def _tell(lines: Iterable[str]) -> bool:
    """Shows what happens, line by line; False when something of it does not."""
    complete = True
    for line in lines:
        print(line, flush=True)
        complete = complete and line != MISSING
    return complete


def incomplete(home: Path, time_scale: float) -> str:
    """What to say when something of the demo did not happen."""
    slower = f", or give it more time with a slower clock: make run TIME_SCALE={time_scale / _SLOWER:g}" if time_scale > _SLOWER else ""
    late = f"Something of the demo did not happen within {_SETTLE_SECONDS:.0f} s"
    return f"{late}{_told_in(home)}. Where the machine is busy it may come later{slower}"


def _told_in(home: Path) -> str:
    """Where to read on: the logs that anything was written to."""
    told = [str(one) for one in sorted(home.glob("*.log")) if one.stat().st_size]
    return f"; see {', '.join(told)}" if told else ""


def wall(pace: Pace, now: int) -> str:
    """What the clock on the wall shows at an instant (ms), and how it runs; "" where it shows the true time."""
    if pace.scale == 1:
        return ""
    shown = datetime.fromtimestamp(pace.told(now) / 1000, CHINA)
    hour, day = (pace.span(duration_ms(length)) / 1000 for length in ("1h", "1d"))
    return f"""
Time runs {pace.scale:g} times as fast: an hour takes {hour:.3g} s, a day {day:.3g} s. So does the clock on the wall, by which times of day,
weekdays, months, dates and cron go. In China it shows {shown:%A, %Y-%m-%d %H:%M} now. In milliseconds since 1970:
  wall = {pace.anchor} + (now - {pace.anchor}) * {pace.scale:g}
"""


def names_in_timeline(stack: LocalStack) -> list[str]:
    """The names of the demo person's events in order of time, without those of journeys; empty while nobody is known by the openid."""
    try:
        page: dict[str, Any] = call(f"{stack.api_url}/v1/people/{_OPENID}/timeline?order=asc", stack.api_key)
    except urllib.error.HTTPError as error:
        if error.code == 404:  # noqa: PLR2004 - HTTP
            return []
        raise
    return [str(one["name"]) for one in page["items"] if not one["name"].startswith(_OF_JOURNEYS)]


def _words(stack: LocalStack) -> str:
    url, curl = stack.api_url, f"curl -s -H 'Authorization: Bearer {stack.api_key}'"
    return f"""
Huiliu runs. Ctrl-C stops it and removes what it wrote.
{wall(stack.pace, time.time_ns() // 1_000_000)}
  read about the API     {url}/docs
  its OpenAPI            {url}/openapi.json
  send events to         {url}/v1/events    with the write key {stack.write_key}
  Sensors SDKs           {url}/sa?project=default&token={stack.write_key}
  AWS, emulated          {stack.emulator.endpoint}    (any credentials, region us-east-1)
  WeChat, local          {stack.providers_url}/    to act as a fan; what was sent is at /outbox
  SMS, push, webhooks    {stack.senders_url}/outbox    what the local providers were given to send
  all of this as JSON    {STACK_FILE}

Try, in another terminal:

1. Who is behind a phone number? The five kinds of identifiers that seven touches left, joined to one person.
   {curl} {url}/v1/people/mobile/{MOBILE}
   -> "person_id", 6 identifiers: user_id 10086, unionid, two openids, mobile {MOBILE}, anonymous_id; city 上海

2. What did that person do, wherever it happened? Asked by the openid of the mini program.
   {curl} '{url}/v1/people/{_OPENID}/timeline?order=asc'
   -> {len(EVENTS)} events: {", ".join(EVENTS)};
      and {_OF_JOURNEYS}...: the order was on the journey of which part 8 tells

3. What was refused, and why?
   {curl} {url}/v1/rejections
   -> 1 item, code "time_invalid": an order that says it was paid "yesterday"
"""


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM stops as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.umask(0o077)
    main()
