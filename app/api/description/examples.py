"""Examples for the API's description: one synthetic learner, seen by a school and by an after-school program."""

from typing import Any

from app.api.description import (
    competency_examples,
    credential_examples,
    plan_examples,
    program_examples,
    push_examples,
    roster_examples,
)
from app.api.description.platform_examples import PLATFORM
from app.api.description.push_examples import CURSOR
from app.api.description.record_examples import AT, LEARNER, RECORD, ROBOT

CLIENT = "0b5a9c1e-7a43-4a0c-9a57-2f0c6f1d2e33"
KEY = "3d9a6f52-1b7e-4c55-8d0e-6a4f9b0c7e21"


PERSON = {"source": 1, "person": "u-17"}
OTHER = {"source": 3, "person": "program:RC-118"}
LISTED = {"id": LEARNER, "etag": "b1c5e7f09a2d", "version": 3, "updatedAt": AT}
RUN = {
    "id": 88,
    "kind": "pull",
    "state": "done",
    "startedAt": AT,
    "finishedAt": "2026-10-03T20:31:10Z",
    "counts": {"users": {"new": 12, "updated": 3, "unchanged": 985}},
    "message": None,
}
SOURCE = {
    "id": 3,
    "slug": "sis",
    "name": "District SIS",
    "connector": "oneroster",
    "settings": {"base_url": "https://sis.example.org/ims/oneroster/rostering/v1p2"},
    "secrets": ["client_secret"],
    "everyMinutes": 60,
    "calendar": None,
    "fullEveryDays": 7,
    "shrinkShare": 0.2,
    "rank": 10,
    "state": "active",
    "dueAt": AT,
    "createdAt": AT,
    "quarantined": 3,
    "lastRun": RUN,
    "health": "Synced 12 minutes ago, 3 records in quarantine.",
}
READERS = {
    "readers": [
        {"account": "0d6f9c1e-4a43-4d4b-9d0e-2f1f6f3b8a10", "name": "Lee Sample", "hasAddress": True, "told": True}
    ]
}
MOVED = {"movedUp": 212, "repeats": 6, "ungraded": 0, "unexplained": 1, "came": 14, "left": 9, "changedSchool": 3}
ALARM = {
    "id": 12,
    "run": 88,
    "stream": "users",
    "scope": "school",
    "key": "S12",
    "words": "users: all 5 students of school Harbor School (S12) are gone",
    "gone": 5,
    "total": 5,
    "keys": ["u-501", "u-502", "u-503", "u-504", "u-505"],
    "allowedAt": None,
    "allowedBy": None,
}
REJECTED = {
    "id": 17,
    "source": 3,
    "stream": "users",
    "key": "u-18",
    "position": "users u-18",
    "reason": "users u-18: role 'visitor' is not one of student, teacher, …",
    "times": 2,
    "firstAt": AT,
    "lastAt": AT,
}
EVENT = {"cursor": CURSOR, "type": "learner.updated", "at": AT, "learner": LEARNER, "data": {"version": 3}}
MATCH = {
    "id": 5,
    "left": {**PERSON, "learner": LEARNER},
    "right": {**OTHER, "learner": CLIENT},
    "reason": "they share a district id, but their birth dates differ",
    "since": AT,
}
DECISION = {
    "id": 6,
    "left": PERSON,
    "right": OTHER,
    "judgement": "same",
    "rule": "person",
    "reason": "The program's coordinator confirmed it",
    "decidedBy": f"client {CLIENT}",
    "decidedAt": AT,
}
KEY_KNOWN = {
    "id": KEY,
    "hint": "tsk_4f0c…9ad1",
    "createdAt": AT,
    "expiresAt": "2027-10-03T20:30:00Z",
    "usedAt": "2026-10-16T15:30:00Z",
}
KEY_GIVEN = {"id": KEY, "key": "tsk_" + "0" * 64, "hint": "tsk_0000…0000", "expiresAt": "2027-10-03T20:30:00Z"}
CLIENT_KNOWN = {
    "id": CLIENT,
    "name": "Robotics Club uploader",
    "scopes": ["evidence.write"],
    "source": 3,
    "sourceSlug": "robotics-club",
    "createdAt": AT,
    "revokedAt": None,
    "keys": [KEY_KNOWN],
}

FRAMEWORK = "9909231f-bf1f-5d61-9dae-5bcdc6315104"
COMPETENCY = "0af12d2f-9d92-5b9c-8e66-9d5ad5b4f0a1"
FOUND = {
    "what": "isChildOf runs in a circle: an item is its own ancestor",
    "count": 1,
    "where": ["CCSS.Math.Content.5.MD.B.2 → CCSS.Math.Content.5.MD.B.2"],
}
IMPORTED = {
    "id": FRAMEWORK,
    "title": "Common Core State Standards for Mathematics",
    "state": "new",
    "items": 703,
    "associations": 703,
    "findings": [FOUND],
}
JUDGING = {"state": "under way", "askedAt": AT, "learners": 0, "changed": 0, "finishedAt": None}
POLICY = {
    "id": 3,
    "name": "best",
    "version": 1,
    "framework": FRAMEWORK,
    "competency": None,
    "begins": AT,
    "createdBy": CLIENT,
    "policy": {"rule": {"rule": "highest"}, "mastery": 0.7},
}
CHANGE: dict[str, Any] = {
    "at": "2026-10-05T14:02:11Z",
    "actor": "client 5f0c1f0e-6f1e-4c39-9d0a-4f8a2f1f3a5d",
    "request": "6f1e4c399d0a4f8a2f1f3a5d5f0c1f0e",
    "kind": "source",
    "thing": "3",
    "action": "changed",
    "before": {"name": "District SIS", "secrets": "sealed 1c9e2b7a"},
    "after": {"name": "SIS of the district", "secrets": "sealed 90d4f31e"},
}

ANSWERS: dict[str, Any] = {
    **PLATFORM,
    **push_examples.ANSWERS,
    **credential_examples.ANSWERS,
    **plan_examples.ANSWERS,
    **program_examples.ANSWERS,
    **roster_examples.ANSWERS,
    **competency_examples.NULLED,
    "listClasses": {
        "classes": [{"source": "sis", "key": "c-2001", "title": "Mathematics 6", "code": "MA06-1"}],
        "next": None,
    },
    "listRecordLinks": {
        "links": [
            {
                "id": KEY,
                "reader": "the family of Ada Sample",
                "createdBy": "command line",
                "createdAt": AT,
                "expiresAt": AT,
                "revokedAt": None,
            }
        ]
    },
    "listVersions": {
        "versions": [
            {
                "version": 1,
                "title": "Common Core State Standards for Mathematics",
                "origin": "shipped:ccss-math",
                "sha256": "0" * 64,
                "importedAt": AT,
                "endedAt": None,
            }
        ]
    },
    "makeRecordLink": {
        "id": KEY,
        "url": "https://records.example.org/record/eyJhbGciOiJIUzI1NiJ9.e30.x",
        "expiresAt": AT,
    },
    "getToken": {
        "access_token": "tst_" + "0" * 64,
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "evidence.write",
    },
    "listLearners": {"learners": [LISTED], "next": None, "events": CURSOR},
    "readTimeline": {
        "entries": [{"date": AT, "section": "evidence", "path": f"/evidence/{ROBOT['id']}", "entry": ROBOT}],
        "next": None,
        "withheld": 0,
    },
    "readProvenance": {
        "path": "/names/0",
        "sources": [{"source": "sis", "sourceName": "District SIS", "first": AT, "last": AT, "count": 1}],
        "statements": [
            {
                "id": "sis/users/u-17/0",
                "source": "sis",
                "sourceName": "District SIS",
                "stream": "users",
                "sourceId": "u-17",
                "kind": "person",
                "receivedAt": AT,
                "withdrawn": False,
                "columns": None,
                "raw": '{"sourcedId":"u-17","givenName":"Ada","familyName":"Sample"}',
            }
        ],
        "next": None,
        "withheld": 0,
    },
    "readFull": {**RECORD, "enrollments": [], "results": [], "credentials": [], "evidence": [ROBOT]},
    "readRecordAt": {
        "id": RECORD["id"],
        "asOf": "2026-10-31",
        "knownAt": AT,
        "names": RECORD["names"],
        "evidence": [ROBOT],
        "withheld": 0,
    },
    "readSection": {"entries": [ROBOT], "next": None, "withheld": 0},
    "listConnectors": {
        "connectors": [
            {
                "name": "evidence",
                "title": "Evidence (pushed)",
                "tier": "silver",
                "pulled": False,
                "files": False,
                "streams": ["evidence"],
                "settings": {"type": "object", "properties": {}},
            }
        ]
    },
    "listSources": {"sources": [SOURCE]},
    "createSource": SOURCE,
    "readSource": SOURCE,
    "changeSource": {**SOURCE, "state": "paused", "health": "Paused: Summer break, 3 records in quarantine."},
    "listChanges": {"changes": [CHANGE], "next": None},
    "testSource": {"ok": True, "message": "The source answers and accepts our credentials.", "streams": []},
    "previewSource": {"message": "'District SIS' will be previewed in a moment", "runs": "/v1/sources/3/runs"},
    "undoRun": {"message": "Run 88 of 'District SIS' will be undone in a moment", "runs": "/v1/sources/3/runs"},
    "retireSource": {"message": "'District SIS' will be retired in a moment", "runs": "/v1/sources/3/runs"},
    "listAlarms": {"alarms": [ALARM]},
    "allowAlarms": {"alarms": [{**ALARM, "allowedAt": AT, "allowedBy": "client 4"}]},
    "listSourceNotices": {
        "notices": [{"source": 3, "kind": "held", "run": 88, "at": AT, "overAt": None, "mail": "sent"}]
    },
    "listNoticeReaders": READERS,
    "chooseNoticeReaders": READERS,
    "readRollover": {
        "begins": "2026-06-15",
        "ends": "2026-08-31",
        "turning": True,
        "listedAt": AT,
        "listed": True,
        "knownBefore": True,
        "totals": MOVED,
        "grades": [{"school": "S12", "schoolName": "Harbor High", "grade": "10", "counts": MOVED}],
    },
    "listRolloverStudents": {
        "total": 1,
        "students": [
            {
                "learner": RECORD["id"],
                "key": "u-17",
                "name": "Ada Sample",
                "move": "moved up",
                "steps": 1,
                "changedSchool": False,
                "before": {"schools": ["S12"], "grade": "09"},
                "after": {"schools": ["S12"], "grade": "10"},
            }
        ],
    },
    "syncSource": {"message": "'District SIS' will be synced in a moment", "runs": "/v1/sources/3/runs"},
    "listRuns": {"runs": [RUN]},
    "listQuarantine": {"records": [REJECTED], "next": None},
    "readQuarantined": {**REJECTED, "columns": None, "raw": '{"sourcedId":"u-18","role":"visitor"}'},
    "replayQuarantine": {"run": 89, "released": 2, "rejected": 1, "message": None},
    "followEvents": {"events": [EVENT], "cursor": CURSOR},
    "listNearMatches": {"matches": [MATCH], "next": None},
    "listDecisions": {"decisions": [DECISION]},
    "listClients": {"clients": [CLIENT_KNOWN]},
    "createClient": {"client": CLIENT_KNOWN, "key": KEY_GIVEN},
    "readClient": CLIENT_KNOWN,
    "issueKey": KEY_GIVEN,
    "listFrameworks": {
        "frameworks": [
            {
                "id": FRAMEWORK,
                "title": "Common Core State Standards for Mathematics",
                "type": None,
                "sensitivity": "general",
                "origin": "shipped:ccss-math",
                "importedAt": AT,
                "findings": [FOUND],
                "names": ["CCSS Mathematics"],
                "codePrefixes": ["CCSS.MATH.CONTENT."],
            }
        ]
    },
    "nameFramework": {
        "id": FRAMEWORK,
        "title": "Ohio's Learning Standards: Mathematics",
        "type": None,
        "sensitivity": "general",
        "origin": "POST /v1/frameworks/packages",
        "importedAt": AT,
        "findings": [],
        "names": ["Ohio Learning Standards"],
        "codePrefixes": ["OH"],
    },
    "importPackage": IMPORTED,
    "importShipped": IMPORTED,
    "writeFramework": IMPORTED,
    "writeFrameworkCsv": IMPORTED,
    "fetchFrameworks": {"frameworks": [IMPORTED]},
    "importFrameworkFile": {"frameworks": [IMPORTED]},
    "listPulledFrameworks": {
        "frameworks": [
            {
                "id": "1f5e9a52-8c0b-5a53-9c39-0f5ac4f0b1d2",
                "source": "canvas",
                "title": "Writing outcomes",
                "competencies": 12,
                "examples": ["Argue", "Cite"],
                "adopted": False,
            }
        ]
    },
    "adoptPulledFramework": IMPORTED,
    "listAlignments": {
        "waiting": [
            {
                "id": 7,
                "code": "Unit 7",
                "url": None,
                "name": "Quotients",
                "framework": None,
                "assertions": 31,
                "firstAt": AT,
                "competency": None,
                "strength": None,
                "suggestions": [
                    {
                        "competency": COMPETENCY,
                        "framework": "Common Core State Standards for Mathematics",
                        "code": "6.NS.A.1",
                        "statement": "Interpret and compute quotients of fractions",
                        "rank": 0.6,
                    }
                ],
            }
        ],
        "next": None,
    },
    "decideAlignment": {"changed": 28},
    "listPolicies": {"policies": [POLICY], "judging": {**JUDGING, "state": "done", "learners": 482, "finishedAt": AT}},
    "writePolicy": {**POLICY, "judging": JUDGING},
}
"""An answer of each operation that answers in JSON and says nothing about it in its own place."""
