"""Files of orders, members and forms: read in bounded memory, turned into events by a mapping document, resumed where they stopped."""
