"""Examples for the description of plans and credit: one learner's plan, a note, a rule and an award."""

from typing import Any

from app.api.description.credential_examples import AT, CREDENTIAL, LEARNER, SHARE
from app.api.plans.wire_credit import RULE, TEACHER
from app.api.plans.wire_plans import COMPETENCY, GOAL
from app.api.plans.wire_plans import LEARNER as WRITER

CLIENT = "client 3d9a6f52-1b7e-4c55-8d0e-6a4f9b0c7e21"
CITED = {"title": "A recipe for 30", "at": AT, "source": "Kitchen Club"}
SIGN_OFF = {"version": 2, "name": "Robin Sample", "role": "advisor", "note": None, "client": CLIENT, "at": AT}
STEPS: list[dict[str, Any]] = [
    {
        "title": "Fluently divide multi-digit numbers",
        "code": "6.NS.B.2",
        "competency": COMPETENCY,
        "wanted": "Proficient",
        "achievement": None,
        "words": None,
        "reached": True,
        "level": "Advanced",
        "at": AT,
        "lacks": None,
        "cited": [CITED],
        "evidence": [],
    },
    {
        "title": "Line Follower",
        "code": None,
        "competency": None,
        "wanted": None,
        "achievement": {"uri": None, "name": "Line Follower", "issuer": "Northside Robotics Club"},
        "words": None,
        "reached": False,
        "level": None,
        "at": None,
        "lacks": "not in the record yet",
        "cited": [],
        "evidence": [
            {"title": "My robot", "url": None, "source": "robotics-club", "rawKey": "robotics-2026-0042", "found": True}
        ],
    },
]
SHOWN: dict[str, Any] = {
    "id": SHARE,
    "learner": LEARNER,
    "title": "Grade 6",
    "version": 2,
    "writer": WRITER,
    "writtenAt": AT,
    "signed": True,
    "signOffs": [SIGN_OFF],
    "signedBefore": None,
    "withheld": 0,
    "goals": [
        {
            "id": "build",
            "title": "Build things that work",
            "horizon": "year",
            "by": "2027-06-11",
            "why": None,
            "sensitive": False,
            "state": "open",
            "proposesToClose": False,
            "late": False,
            "slipped": False,
            "closed": None,
            "steps": STEPS,
        }
    ],
}
NOTE = {
    "id": CREDENTIAL,
    "learner": LEARNER,
    "kind": "interest",
    "words": "How birds find their way",
    "open": True,
    "plan": None,
    "goal": None,
    "writer": WRITER,
    "etag": "1",
    "writtenAt": AT,
    "changedAt": AT,
}
CLOSED: dict[str, Any] = {
    **SIGN_OFF,
    "goal": "build",
    "state": "reached",
    "steps": [
        {
            "title": "Line Follower",
            "code": None,
            "reached": True,
            "level": None,
            "at": AT,
            "evidence": [{"title": "Line Follower", "at": AT, "source": "Robotics Club"}],
        }
    ],
}
RULE_SHOWN: dict[str, Any] = {
    **RULE,
    "id": SHARE,
    "version": 1,
    "writer": {"name": "Kim Sample", "role": "teacher"},
    "client": CLIENT,
    "at": AT,
}
OF_RULE = {
    "rule": SHARE,
    "version": 1,
    "title": RULE["title"],
    "amount": 0.5,
    "unit": "credit",
    "subject": "Mathematics",
}
NEED = {
    "competency": COMPETENCY,
    "code": "6.NS.B.2",
    "statement": "Fluently divide multi-digit numbers",
    "wanted": "Proficient",
    "reached": True,
    "level": "Advanced",
    "at": AT,
    "lacks": None,
    "cited": [CITED],
}
AWARD: dict[str, Any] = {
    **OF_RULE,
    "id": CREDENTIAL,
    "learner": LEARNER,
    "teacherOfRecord": TEACHER,
    "note": None,
    "client": CLIENT,
    "at": AT,
    "basis": [NEED],
    "slipped": False,
    "lacksToday": [],
    "again": False,
    "withdrawnAt": None,
    "withdrawnBy": None,
    "withdrawnReason": None,
}
JUDGED = {**OF_RULE, "have": 1, "of": 1, "proposed": False, "awarded": True, "needs": [NEED]}

LEVEL_SET: dict[str, Any] = {
    "key": "7c1f9d52-4a0e-4b8e-9a55-3f0f6f2f7e11",
    "competency": COMPETENCY,
    "level": "Proficient",
    "reason": "Explained it to the class; the test was on a day she was ill",
    "begins": AT,
    "ends": "2027-06-11T00:00:00Z",
    "teacherOfRecord": TEACHER,
    "client": CLIENT,
    "withdrawnAt": None,
    "withdrawnBy": None,
    "withdrawnReason": None,
}
ANSWERS: dict[str, Any] = {
    "listCreditRules": {"rules": [RULE_SHOWN]},
    "createCreditRule": RULE_SHOWN,
    "readCreditRule": {"versions": [RULE_SHOWN]},
    "editCreditRule": {**RULE_SHOWN, "version": 2},
    "listCreditProposals": {
        "rule": SHARE,
        "version": 1,
        "proposals": [{"learner": LEARNER, "have": 2, "of": 2}],
        "next": None,
    },
    "listCredits": {"awards": [AWARD], "rules": [JUDGED], "withheld": 0},
    "awardCredit": AWARD,
    "setLevel": LEVEL_SET,
    "withdrawLevel": LEVEL_SET
    | {"withdrawnAt": AT, "withdrawnBy": "Kim Sample", "withdrawnReason": "The test was taken again"},
    "listOverrides": {"overrides": [LEVEL_SET]},
    "withdrawCredit": {
        **AWARD,
        "withdrawnAt": AT,
        "withdrawnBy": "Kim Sample",
        "withdrawnReason": "It was another learner's work",
    },
    "listPlans": {"plans": [SHOWN], "notes": [NOTE]},
    "listGoalProposals": {
        "goals": [
            {
                "learner": LEARNER,
                "plan": SHARE,
                "planTitle": "Grade 6",
                "goal": "build",
                "title": "Build things that work",
            }
        ],
        "next": None,
    },
    "createPlan": SHOWN,
    "readPlan": SHOWN,
    "editPlan": SHOWN,
    "signPlan": SHOWN,
    "decideGoal": {**SHOWN, "goals": [{**SHOWN["goals"][0], "state": "reached", "closed": CLOSED}]},
    "readPlanHistory": {
        "id": SHARE,
        "learner": LEARNER,
        "endedAt": None,
        "versions": [
            {
                "version": 2,
                "title": "Grade 6",
                "goals": [GOAL],
                "withheld": 0,
                "writer": WRITER,
                "client": CLIENT,
                "at": AT,
                "signOffs": [SIGN_OFF],
            }
        ],
        "goals": [CLOSED],
    },
    "listNotes": {"notes": [NOTE]},
    "createNote": NOTE,
    "rewriteNote": NOTE,
}
