"""Segments and tags as tags of a WeChat account, kept alike on both sides."""
