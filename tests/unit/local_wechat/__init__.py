"""The local WeChat."""
