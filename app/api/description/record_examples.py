"""Examples of a learner's record."""

from typing import Any

LEARNER = "6f1c2f0e-6d0b-5a53-9a43-3c1f0f6b7d11"
AT = "2026-10-03T20:30:00Z"
ROBOT = {
    "type": "evidence",
    "id": "5a0e6c4de1f5b1c3a4b0a6d86f1c4a77-0",
    "setting": "after-school",
    "from": [
        {
            "source": "robotics-club",
            "sourceName": "Northside Robotics Club",
            "stream": "evidence",
            "rawKey": "robotics-2026-0042",
            "kind": "evidence",
            "sourceId": "robotics-2026-0042",
            "receivedAt": AT,
        }
    ],
    "name": "A robot that follows a line",
    "date": "2026-10-03T20:30:00Z",
    "alignments": [{"code": "MS-ETS1-4", "framework": "NGSS"}],
}
HOME = f"/v1/learners/{LEARNER}"
SHORT = {"id": ROBOT["id"], "title": ROBOT["name"], "date": ROBOT["date"], "sources": ["robotics-club"]}
NOTHING: dict[str, Any] = {"count": 0, "past": 0, "retracted": 0, "mark": "0" * 16, "settings": []}
RECORD: dict[str, Any] = {
    "id": LEARNER,
    "type": "LearnerRecord",
    "fold": 1,
    "state": "current",
    "names": [{"value": "Ada Sample", "given": "Ada", "family": "Sample", "from": ["sis", "robotics-club"]}],
    "identifiers": [{"type": "district", "issuer": "district", "value": "100482", "from": ["sis"]}],
    "birthDates": [],
    "pronouns": [],
    "emails": [],
    "grades": [{"value": "06", "from": ["sis"]}],
    "schools": [{"name": "Northside Middle School", "org": "o-12", "role": "student", "from": ["sis"]}],
    "guardians": [],
    "more": {},
    "classes": [],
    "sections": {
        **{name: {**NOTHING, "url": f"{HOME}/record/{name}"} for name in ("enrollments", "results", "credentials")},
        "evidence": {
            "count": 1,
            "past": 0,
            "retracted": 0,
            "mark": "c1d95e6f3a2b7780",
            "url": f"{HOME}/record/evidence",
            "settings": [{"setting": "after-school", "count": 1, "latest": [SHORT]}],
        },
    },
    "competencies": {"shown": 1, "mastered": 0, "frameworks": []},
    "conflicts": [],
    "sources": [
        {"source": "sis", "name": "District SIS", "setting": "in-school", "entries": 0},
        {"source": "robotics-club", "name": "Northside Robotics Club", "setting": "after-school", "entries": 1},
    ],
    "withheld": 0,
    "links": {
        "self": HOME,
        "full": f"{HOME}/record/full",
        "timeline": f"{HOME}/timeline",
        "provenance": f"{HOME}/provenance",
        "plans": f"{HOME}/plans",
    },
}
