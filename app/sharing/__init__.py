"""Sharing: links to credentials and records, for a purpose and a time, and what their readers see."""
