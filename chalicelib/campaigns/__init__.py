"""Codes, links and campaigns: where people come from."""
