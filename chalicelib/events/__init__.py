"""Events: what clients send, checked, kept once and read back."""
