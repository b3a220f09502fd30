"""Huiliu: the rooms of the ring, from accepted events to people."""
