"""The adaptive tool's deliberately wrong records."""

from typing import Any

from app.sandbox.chance import hex_id
from app.sandbox.tool.model import CHANNEL, CHANNEL_NAME, FACILITY

_ACCOUNT = {
    "facility": FACILITY,
    "id_number": "",
    "gender": "",
    "extra_demographics": None,
    "picture_password": None,
    "date_joined": "2026-08-17T06:00:00.000000Z",
    "is_superuser": False,
}
TOOL_FLAWS: tuple[dict[str, Any], ...] = (
    {
        "id": hex_id("tool", "flaw", "role"),
        "username": "unknownrole",
        "full_name": "Uma Unknownrole",
        "birth_year": "",
        "roles": [{"collection": FACILITY, "kind": "wizard", "id": hex_id("tool", "flaw")}],
    }
    | _ACCOUNT,
    {
        "id": hex_id("tool", "flaw", "year"),
        "username": "baddate",
        "full_name": "Bea Baddate",
        "birth_year": "MMXV",
        "roles": [],
    }
    | _ACCOUNT,
)
"""An account with an unknown kind of role, and one whose birth year is no year."""

UNKNOWN_ROW = (
    "Sample Valley Unified School District",
    "ghost",
    "Learner",
    CHANNEL,
    CHANNEL_NAME,
    hex_id("tool", "content", 6, 0),
    "6.RP.A.1 Ratios",
    "2026-10-01 14:00:00.000000+00:00",
    "2026-10-01 14:05:00.000000+00:00",
    "",
    "300.0",
    "0.3000",
    "exercise",
)
"""A row of the summary export whose user name no account has."""
