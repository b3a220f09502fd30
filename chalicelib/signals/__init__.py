"""Signals: what rules need to remember of a person's events, kept exactly in bounded space."""
