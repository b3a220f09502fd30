"""Broadcasts: one template to everybody in a segment, which can be paused, resumed, cancelled and watched."""
