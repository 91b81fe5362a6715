"""The queries of access."""
