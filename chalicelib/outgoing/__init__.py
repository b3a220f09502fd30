"""Requests to servers of others: what goes out and what comes back (`wire`, pure), and the way there (`transport`)."""
