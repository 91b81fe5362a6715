"""The queries of pipeline."""
