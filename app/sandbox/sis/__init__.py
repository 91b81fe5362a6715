"""The fake student information system: OneRoster 1.2 over REST, and as a bundle of CSV files."""

from app.sandbox.sis.service import CLIENT_ID, CLIENT_SECRET, GRADEBOOK_PATH, ROSTERING_PATH, TOKEN_PATH, sis

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "GRADEBOOK_PATH", "ROSTERING_PATH", "TOKEN_PATH", "sis"]
