"""Versioned documents that operators edit and the system obeys: drafted, published, archived."""
