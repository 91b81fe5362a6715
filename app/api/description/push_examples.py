"""Examples of what is pushed, what becomes of it, and how it is read back."""

from typing import Any

from app.api.description.record_examples import AT
from connectors.evidence.model import EvidenceItem
from connectors.open_badges.model import BadgeSubmission
from connectors.xapi.model import XapiStatement

CURSOR = "WzEyMyw0NTZd"


def _first(model: Any) -> dict[str, Any]:
    example: dict[str, Any] = model.model_json_schema()["examples"][0]
    return example


EVIDENCE = _first(EvidenceItem)
BADGE = _first(BadgeSubmission)
STATEMENT = _first(XapiStatement)

PUSHED_ONE = {
    "received": 1,
    "stored": 1,
    "rejected": 0,
    "items": [{"index": 0, "id": "robotics-2026-0042", "status": "new"}],
}
PUSHED = {
    "received": 2,
    "stored": 1,
    "rejected": 1,
    "items": [
        {"index": 0, "id": "robotics-2026-0042", "status": "new"},
        {
            "index": 1,
            "id": "robotics-2026-0043",
            "status": "rejected",
            "reason": "learner.identifiers[0].type: 'student-no' is not one of state, district, …: use one of these",
        },
    ],
}
PUSHED_ITEM = {
    "id": "robotics-2026-0042",
    "status": "stored",
    "learner": "matched",
    "reason": None,
    "receivedAt": AT,
    "changedAt": None,
    "rejectedAt": None,
    "item": None,
}
REFUSED_ITEM = {
    **PUSHED_ITEM,
    "id": "robotics-2026-0043",
    "status": "rejected",
    "learner": None,
    "reason": "occurredAt: 'yesterday' is not a date-time like 2026-09-01T08:00:00Z",
    "rejectedAt": AT,
}
ANSWERS: dict[str, Any] = {
    "listEvidence": {"items": [PUSHED_ITEM, REFUSED_ITEM], "next": CURSOR},
    "readEvidence": {**PUSHED_ITEM, "item": EVIDENCE},
    "listBadges": {"items": [{**PUSHED_ITEM, "id": BADGE["id"]}], "next": None},
    "readBadge": {**PUSHED_ITEM, "id": BADGE["id"], "item": BADGE},
}
