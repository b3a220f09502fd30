"""The dry run: a journey is played over what was recorded. Nothing is sent or written."""
