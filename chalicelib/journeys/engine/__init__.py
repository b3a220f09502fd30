"""The engine: what entries, events, time and operators do to all runs of a person in a journey. Pure."""
