"""The channels: one file for each, behind one small interface (`channel.py`). Adding one is docs/channels.md."""
