"""The keys of what Canvas has no key for, or whose numbers others use too."""


def whole(course_id: str) -> str:
    """The key of the Class that is a whole course; sections have bare numbers."""
    return f"course:{course_id}"


def period_key(period_id: str) -> str:
    """The key of a grading period; terms have bare numbers."""
    return f"period:{period_id}"
