"""The queries of sharing."""
