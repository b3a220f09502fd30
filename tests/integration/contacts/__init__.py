"""Contacts on real stores: facts of decisions, places under caps, permissions, words of people, and their pages over HTTP."""
