"""The types of events there are, for whoever follows them."""

from app.db.records.event_types import EVENT_TYPES

__all__ = ["EVENT_TYPES"]
