"""Competencies: the frameworks they stand in, what learners have shown of them, and what that adds up to."""
