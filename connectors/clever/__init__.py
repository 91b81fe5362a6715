"""Clever 3.0 and 3.1: schools, terms, courses, people, sections and who is in them, by listings and by events."""

from typing import Any

from connectors import Absence, Connector, Stream
from connectors.clever import client, mapping
from connectors.clever.client import CleverSettings, Reading


def _stream(reading: Reading, **more: Any) -> Stream:
    """A stream of what Clever lists at one address."""
    more = {"name": reading.kind, "key": ("id",), "rights": (f"Secure Sync: {reading.kind}",), **more}
    return Stream(pull=reading.pages, probe=reading.probe, **more)


_SITE = frozenset(
    {"created", "location", "low_grade", "high_grade", "mdr_number", "nces_id", "phone", "principal", "ext"}
)

connector = Connector(
    name="clever",
    title="Clever",
    settings=CleverSettings,
    tier="silver",
    rank=20,
    version=2,
    client=client.client,
    check=client.check,
    streams=(
        _stream(
            client.listed("districts"),
            map=mapping.district,
            absence=Absence.UNLISTED,
            ignore=frozenset(
                {
                    *("district_contact", "error", "last_attendance_sync", "last_sync", "launch_date", "lms_state"),
                    *("lms_type", "login_methods", "mdr_number", "pause_end", "pause_start", "portal_url", "sis_type"),
                    "state",
                }
            ),
        ),
        _stream(
            client.listed("schools"),
            map=mapping.school,
            version="last_modified",
            absence=Absence.UNLISTED,
            ignore=_SITE | {"sis_id", "school_number"},
        ),
        _stream(client.listed("terms"), map=mapping.term, absence=Absence.UNLISTED, ignore=frozenset({"district"})),
        _stream(client.listed("courses"), map=mapping.course, absence=Absence.UNLISTED),
        _stream(
            client.listed("users"),
            map=mapping.user,
            version="last_modified",
            absence=Absence.LEFT,
            ignore=frozenset({"created", "district", "lms_status"}),
        ),
        _stream(
            client.listed("sections"),
            map=mapping.section,
            version="last_modified",
            absence=Absence.UNLISTED,
            ignore=frozenset({"created", "district", "ext", "lms_status", "sis_id", "students", "teacher", "teachers"}),
        ),
        _stream(
            client.enrollments,
            name="enrollments",
            key=("section", "user", "role"),
            map=mapping.enrollment,
            version="last_modified",
            absence=Absence.ENDED,
            needs=("users", "sections"),
        ),
    ),
)

__all__ = ["CleverSettings", "connector"]
