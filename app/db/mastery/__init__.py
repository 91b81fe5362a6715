"""The queries of mastery."""
