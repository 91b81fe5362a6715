"""Examples of what sources, webhooks and the instance answer."""

from typing import Any

AT = "2026-10-03T20:30:00Z"
WEBHOOK = {
    "id": "7d1a52b6-0f0e-4a4e-9a53-6d9a3f6c2b11",
    "url": "https://tool.example.org/hooks",
    "types": ["learner.updated"],
    "state": "active",
    "stateReason": None,
    "createdAt": AT,
    "delivered": 412,
    "skipped": 0,
    "failingSince": None,
    "nextTryAt": None,
    "lastAt": AT,
    "lastAnswer": "it answered 200",
}

PLATFORM: dict[str, Any] = {
    "previewRosterShare": {
        "paths": [
            {"path": "/schools", "count": 1, "lackingScope": None},
            {"path": "/students", "count": 412, "lackingScope": None},
        ]
    },
    "listDuplicates": {
        "duplicates": [
            {
                "left": {"source": 1, "person": "u-17"},
                "right": {"source": 1, "person": "u-1052"},
                "kind": "twice",
                "reason": "99.6 % likely: the same birth date, the same family name; against it: another number",
            }
        ],
        "whole": True,
        "byNames": True,
    },
    "listMatching": {
        "sources": [
            {
                "source": 3,
                "slug": "robotics-club",
                "mode": "propose",
                "linked": 0,
                "ready": 12,
                "asked": 3,
                "atOnce": 200,
                "heldSince": None,
                "whyHeld": None,
                "secondPerson": False,
            }
        ],
        "weights": {
            "version": "learned 343fd80c102c",
            "learnedAt": AT,
            "reason": "they are nearer to what is known of who is who",
            "pairs": 20898,
            "expected": 3402,
            "shippedLoss": 0.028338,
            "learnedLoss": 0.019772,
        },
    },
    "listCases": {
        "cases": [
            {
                "id": 7,
                "person": {"source": 3, "person": "program:RC-118"},
                "since": AT,
                "candidates": [
                    {
                        "pair": 7,
                        "person": {"source": 1, "person": "u-17"},
                        "reason": "99.6 % likely: the same birth date, the same family name; asked because somebody "
                        "else of this family has the same birth date",
                    }
                ],
                "fields": [
                    {"field": "names", "person": ["Ada Sample"], "candidates": [["Ada Sample"]], "differs": [False]}
                ],
                "claimedBy": None,
                "claimedUntil": None,
                "note": "The club was asked on Monday",
                "secondPerson": False,
                "proposed": None,
                "proposedPair": None,
                "proposedBy": None,
            }
        ],
        "next": None,
        "waiting": 1,
        "aside": 0,
        "medianHours": 5.5,
        "decidedMedianHours": None,
    },
    "claimCase": {"claimedUntil": AT},
    "decideCase": {"state": "decided"},
    "previewRemoval": {
        "rawBytes": 184_320,
        "statements": 1204,
        "persons": 88,
        "learners": 88,
        "knownFromItAlone": 3,
        "quarantined": 2,
        "runs": 14,
        "clients": ["Robotics Club uploader"],
        "program": None,
        "submissions": 0,
        "badges": 0,
        "handedIn": 0,
        "refused": None,
        "becomes": ["1,204 statements about 88 persons are deleted"],
    },
    "removeSource": {"message": "'Robotics Club' will be removed in a moment"},
    "readInteroperability": {
        "rubric": "https://www.projectunicorn.org",
        "standards": [{"name": "CASE", "version": "1.1", "direction": "in and out", "tested": "its OpenAPI document"}],
        "metrics": [
            {
                "name": "Data quality",
                "level": 4,
                "evidence": "498 of 500 learners have a number that the district or the state gave.",
                "next": "",
            }
        ],
        "sources": [
            {
                "slug": "sis",
                "name": "District SIS",
                "connector": "oneroster",
                "sends": {"users": 560},
                "omits": ["demographics"],
                "rejects": {"users": "2: field 'givenName' is missing or blank, and is required"},
                "when": "every 1440 minutes",
                "lastAt": AT,
            }
        ],
    },
    "listWebhooks": {"webhooks": [WEBHOOK]},
    "createWebhook": {"webhook": WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "readWebhook": WEBHOOK,
    "changeWebhook": WEBHOOK,
    "replayWebhook": WEBHOOK,
    "testWebhook": {"taken": True, "status": 200, "message": "it answered 200"},
}
