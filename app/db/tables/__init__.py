"""The tables, as declarations: migrations create them and a test compares the two. Nothing here leaves `app/db`."""

from sqlmodel import SQLModel

from app.db.tables import (
    access,
    credentials,
    guards,
    mastery,
    matching,
    operations,
    people,
    plans,
    programs,
    records,
    rosters,
    watching,
    webhooks,
    xapi,
)
from app.db.tables.shapes import Xid8

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "Xid8",
    "access",
    "credentials",
    "guards",
    "mastery",
    "matching",
    "operations",
    "people",
    "plans",
    "programs",
    "records",
    "rosters",
    "watching",
    "webhooks",
    "xapi",
]
