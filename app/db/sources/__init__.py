"""The queries of sources."""
