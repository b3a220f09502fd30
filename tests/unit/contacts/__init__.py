"""Contacts: what is known of reaching people, without any store."""
