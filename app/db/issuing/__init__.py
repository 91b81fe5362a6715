"""The queries of issuing."""
