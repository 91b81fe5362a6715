"""The queries of frameworks."""
