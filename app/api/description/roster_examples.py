"""Examples for the API's description: the roster that a district serves, and what a client may see of it."""

from typing import Any

from app.api.description.record_examples import AT

ROSTER = {"sources": [3], "refreshedAt": AT, "counts": {"orgs": 4, "classes": 210, "users": 1240, "enrollments": 7400}}
SHARE = {
    "client": "0b5a9c1e-7a43-4a0c-9a57-2f0c6f1d2e33",
    "schools": ["6c84fb90-12c4-11e1-840d-7b25c5ee775a"],
    "classes": None,
    "withheld": ["users.phone", "users.pronouns"],
    "changedAt": AT,
}
ANSWERS: dict[str, Any] = {
    "readRoster": ROSTER,
    "serveRoster": ROSTER,
    "listRosterShares": {"shares": [SHARE]},
    "readRosterShare": SHARE,
    "shareRoster": SHARE,
}
"""An answer of each operation."""
