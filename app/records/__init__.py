"""Learner records: the fold of a learner's statements, with the source of every value."""
