"""Identity: which identifiers are one person, as a pure function of the evidence."""
