"""Dispatch: what becomes of a message from the moment it is asked for until the last receipt. One item, each step one write."""
