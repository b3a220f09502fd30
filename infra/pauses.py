"""The accounts that nobody calls for a while, and what they have used today: shown, paused and opened again from the command line.

    python -m infra.pauses show
    python -m infra.pauses resume sms main
    python -m infra.pauses pause sms main --minutes 60

Works on the stage of HUILIU_STAGE or --stage, with the AWS credentials of the shell (AWS_ENDPOINT_URL for a local stack).
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from time import time
from typing import Final

MINUTE_MS: Final = 60_000
BY_HAND: Final = "by_hand"  # the reason of such a pause


def main(arguments: Sequence[str], now: int) -> int:
    """Runs one command and prints what there is then."""
    options = _parser().parse_args(arguments)
    if options.stage:
        os.environ["HUILIU_STAGE"] = options.stage
    from chalicelib.channels import rates  # after the stage is set: table names are read at import
    from chalicelib.messages.templates.model import ChannelName

    if options.command == "resume":
        rates.resume(ChannelName(options.channel), options.account, now)
    if options.command == "pause":
        rates.pause(ChannelName(options.channel), options.account, now + options.minutes * MINUTE_MS, BY_HAND, now)
    for line in lines(now):
        print(line)
    return 0


def lines(now: int) -> Iterator[str]:
    """One for each account that has been used."""
    from chalicelib.channels import rates
    from chalicelib.channels.breaker import Gate
    from chalicelib.channels.buckets import day_of

    for key, bucket in sorted(rates.every()):
        channel, _, account = key.partition("#")
        guard, state = bucket.guard, "open"
        if guard.gate(now) is Gate.SHUT:
            state = f"paused until {_time(guard.again_at(now))}: {guard.reason}"
        elif guard.gate(now) is Gate.PROBE:
            state = f"to be tried by one call: {guard.reason}"
        yield f"{channel} {account}: {state}; {bucket.used_on(day_of(now))} calls today"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.pauses", description="Shows, pauses and opens the accounts of channels.")
    parser.add_argument("--stage", help="local, dev or prod; else HUILIU_STAGE")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="every account that has been used")
    for name, text in (("resume", "lets an account be called again"), ("pause", "lets nobody call an account")):
        command = commands.add_parser(name, help=text)
        command.add_argument("channel", help="template, subscribe, customer_service, mass, sms, push, webhook or popup")
        command.add_argument("account", help="the appid, or the name of the provider's account")
        if name == "pause":
            command.add_argument("--minutes", type=int, default=60)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], int(time() * 1000)))
