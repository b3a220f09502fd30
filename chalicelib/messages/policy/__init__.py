"""May this message go to this person now, and by which channel: decided before it is queued, with a reason for every refusal."""
