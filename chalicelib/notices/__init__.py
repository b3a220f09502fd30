"""Notices: an event of a person is told to them, once for each event."""
