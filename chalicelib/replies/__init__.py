"""What an account answers by itself: rules that match what a fan did, and what they send."""
