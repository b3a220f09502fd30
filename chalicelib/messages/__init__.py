"""What is sent to people: its content, the ledger that makes it once, the channels."""
