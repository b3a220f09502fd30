"""What runs have decided is carried out: messages, acts, timers; what cannot be is shown, and watched."""
