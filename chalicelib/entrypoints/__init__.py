"""One thin module per trigger: unpack, call a room, answer."""
