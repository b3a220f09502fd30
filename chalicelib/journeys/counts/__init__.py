"""Where the runs of a journey are, how they came there, and what that brought."""
