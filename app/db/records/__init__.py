"""The queries of records."""
