"""Pages for who operates the instance: its districts, and none of their learners."""
