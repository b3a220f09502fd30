"""The demo of rules sends what makes each of its rules true, and no sooner than it says."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.rules import compile_rules
from chalicelib.events.clock import parse_time
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.signals.model import Journal, Ledger
from infra import demo_rules
from infra.demo_rules import CLICKS, FAST, SCORE, SEGMENT, SHOWN, TAG, RulesDemo, before, clicked, clicks, entering, leaving, rules
from infra.local_stack import LocalStack
from tests.support.rules import plan_of

