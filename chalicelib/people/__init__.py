"""People: what the events of one person's identifiers add up to."""
