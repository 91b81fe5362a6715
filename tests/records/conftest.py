"""A district in a database, for what is asked of learners' records."""
