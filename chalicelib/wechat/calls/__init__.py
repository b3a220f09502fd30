"""The platform's interfaces that Huiliu uses, a module per subject: typed functions that take a `client.Client`."""
