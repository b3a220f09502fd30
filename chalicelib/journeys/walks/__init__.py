"""What is done to everybody on a list, part by part: entries by the calendar, and what operators ask for."""
