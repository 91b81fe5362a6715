"""A district in a database, for what is asked of learners' records."""

from tests.pipeline.conftest import db, district

__all__ = ["db", "district"]
