"""The followers of accounts: whether they follow, what WeChat knows of them, until when they may be written to."""
