"""Contacts: what is known of reaching people: consents, the suppression list, permissions, addresses that take nothing, caps."""
