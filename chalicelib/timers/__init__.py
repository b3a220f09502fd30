"""Timers: something is looked at again at an instant, without anything happening. No polling: a queue, and an execution a minute."""
