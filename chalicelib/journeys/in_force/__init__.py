"""The journeys in force: their book, all versions that somebody is inside of, and what they name."""
