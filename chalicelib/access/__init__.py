"""Who may do what: keys, their scopes, and the sources that write keys belong to."""
