"""Audiences: scores, tags, life cycle and segments, decided by rules from what is kept of a person."""
