"""The queries of plans."""
