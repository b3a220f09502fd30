"""Templates: what a message says in each channel, held to the platforms' rules when it is written and when it is filled in."""
