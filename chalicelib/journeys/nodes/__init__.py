"""The types of nodes, one small class each. Pure."""
