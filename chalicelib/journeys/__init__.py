"""Journeys: who enters, what happens to them step by step, and what it brings. The engine is pure; runs are items, and time is a timer."""
