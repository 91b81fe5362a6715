"""The fake learning management system: the Canvas API, with outcomes."""

from app.sandbox.lms.service import API, TOKEN, lms

__all__ = ["API", "TOKEN", "lms"]
