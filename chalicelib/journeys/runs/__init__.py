"""The runs of people as they are stored, and whose they are by now: the one way to change them."""
