"""Examples for the description of programs: one program, a submission, and how it is reviewed."""

from typing import Any

from app.api.description.credential_examples import AT, CREDENTIAL, LEARNER, SHARE
from app.api.plans.wire_plans import COMPETENCY
from app.api.programs.wire_programs import DEFINED, LEVELS, OFFERED, PLAYLIST, REGISTERED
from app.api.programs.wire_submissions import ASSESSOR, SUBMITTED
from app.programs.submission import STAGES

PROGRAM: dict[str, Any] = {
    **REGISTERED,
    "id": SHARE,
    "slug": "northside-robotics-club",
    "state": "approved",
    "source": 7,
    "decidedAt": AT,
    "decidedBy": "client 3d9a6f52-1b7e-4c55-8d0e-6a4f9b0c7e21",
    "reason": None,
}
LEVELS_SHOWN = [{**level, "description": None} for level in LEVELS]
ACHIEVEMENT: dict[str, Any] = {
    **DEFINED,
    "rubric": [{**criterion, "levels": LEVELS_SHOWN, "description": None} for criterion in DEFINED["rubric"]],
    "competencies": [],
    "partial": False,
    "creditRule": None,
    "image": None,
    "color": "#2f7d4f",
    "icon": "gear",
    "parts": [],
    "tags": [],
    "id": COMPETENCY,
    "program": SHARE,
    "version": 1,
    "writer": {"name": "Kim", "role": "staff"},
    "at": AT,
}
OFFER: dict[str, Any] = {
    **OFFERED,
    "description": None,
    "capacity": None,
    "cost": 0,
    "hours": None,
    "careerCluster": None,
    "achievements": [],
    "experiences": [],
    "id": SHARE,
    "program": SHARE,
    "programName": "Northside Robotics Club",
}
LEARNER_SHOWN: dict[str, Any] = {**SUBMITTED["learner"], "grade": None, "numbers": [], "guardian": None}
BODY: dict[str, Any] = {
    **{name: value for name, value in SUBMITTED.items() if name not in ("submitter", "consent")},
    "learner": LEARNER_SHOWN,
    "evidence": [{**SUBMITTED["evidence"][0], "title": None}],
    "setting": None,
    "opportunity": None,
    "stage": None,
    "reflection": None,
    "competencies": [],
    "team": None,
    "ownId": None,
}
MESSAGE = {"side": "district", "words": "A clear report.", "name": "Robin Sample", "role": "reviewer", "at": AT}
SHOWN: dict[str, Any] = {
    "id": CREDENTIAL,
    "standing": "waiting",
    "body": BODY,
    "way": "api",
    "feedback": None,
    "messages": [MESSAGE],
    "at": AT,
    "changedAt": AT,
}
STEP = {
    "step": "submit",
    "before": None,
    "after": "pending",
    "note": None,
    "name": "Sam Sample",
    "role": "coordinator",
    "at": AT,
}
CASE: dict[str, Any] = {
    "id": CREDENTIAL,
    "program": SHARE,
    "programName": "Northside Robotics Club",
    "state": "in review",
    "body": BODY,
    "way": "api",
    "badge": None,
    "whose": "person",
    "learner": LEARNER,
    "claimedUntil": AT,
    "credential": None,
    "reviews": [
        {
            "round": 1,
            **ASSESSOR,
            "verdict": "accept",
            "marks": [{"criterion": "explain", "level": "Proficient", "comment": None}],
            "feedback": None,
            "at": AT,
        }
    ],
    "lacking": 1,
    "messages": [MESSAGE],
    "history": [STEP],
}
IDEA: dict[str, Any] = {
    "id": SHARE,
    "learner": LEARNER,
    "name": "Bridge builder",
    "criteria": "Builds a bridge of paper that holds a book.",
    "reason": None,
    "state": "proposed",
    "feedback": None,
    "achievement": None,
    "at": AT,
}
MONTH: dict[str, Any] = {
    "month": "2026-10-01",
    "handedIn": 14,
    "accepted": 11,
    "askedBack": 2,
    "notTakenIn": 0,
    "takenBack": 1,
    "waiting": 3,
    "days": 2.5,
    "badges": {"Line Follower": 9},
}
SCHOOL_REACH = {"school": "Northside Elementary", "offers": 0, "free": 0, "withTransport": 0, "online": 2}
EVERYBODY: dict[str, Any] = {"name": None, "learners": 412, "takingPart": 96, "recognized": 71, "atWork": 18}
OUT_OF_SCHOOL: dict[str, Any] = {
    "spans": [{"span": "6-8", "engagements": 1, "hours": 30.0}],
    "engagements": [
        {
            "submission": CREDENTIAL,
            "on": "2026-10-03",
            "title": "A week at the clinic",
            "employer": "Northside Clinic",
            "careerCluster": "Health science",
            "span": "6-8",
        }
    ],
    "projects": [
        {
            "title": "Genius hour",
            "program": "Northside Robotics Club",
            "stages": [
                {"stage": "passion", "submission": CREDENTIAL, "title": "Bees", "on": "2026-10-03"},
                *({"stage": stage, "submission": None, "title": None, "on": None} for stage in STAGES[1:]),
            ],
        }
    ],
}
PARTICIPATION: dict[str, Any] = {"year": 2026, "until": "2026-11-01", "fewest": 10, "tables": {"school": [EVERYBODY]}}

ENDORSEMENT: dict[str, Any] = {
    "id": SHARE,
    "achievement": COMPETENCY,
    "program": SHARE,
    "programName": "City Museum",
    "words": "Whoever has this can begin an internship with us.",
    "writer": {"name": "Kim Sample", "role": "head of training"},
    "at": AT,
}

ANSWERS: dict[str, Any] = {
    "listPrograms": {"programs": [PROGRAM]},
    **dict.fromkeys(("registerProgram", "readProgram", "editProgram", "decideProgram"), PROGRAM),
    "listProgramAchievements": {"achievements": [ACHIEVEMENT]},
    **dict.fromkeys(("defineAchievement", "editAchievement"), ACHIEVEMENT),
    "listEndorsements": {"endorsements": [ENDORSEMENT]},
    "endorseAchievement": ENDORSEMENT,
    "listOpportunities": {"opportunities": [OFFER]},
    **dict.fromkeys(("offerOpportunity", "changeOpportunity"), OFFER),
    "importPlaylists": {"opportunities": [OFFER]},
    "exportPlaylist": {**PLAYLIST, "playlists": None},
    "listBadgeIdeas": {"ideas": [IDEA]},
    "decideBadgeIdea": {**IDEA, "state": "declined", "feedback": "It is near to the badge Line Follower."},
    "readMonth": MONTH,
    "readParticipation": PARTICIPATION,
    "readOutOfSchool": OUT_OF_SCHOOL,
    "readReach": {"schools": [SCHOOL_REACH], "unplaced": ["Robotics camp"]},
    "handIn": {"id": CREDENTIAL, "outcome": "new", "standing": "waiting"},
    "listSubmissions": {
        "submissions": [
            {
                "id": CREDENTIAL,
                "standing": "waiting",
                "title": "A robot that follows a line",
                "learner": "Ada Sample",
                "on": "2026-10-03",
                "changedAt": AT,
            }
        ],
        "next": None,
    },
    **dict.fromkeys(("readSubmission", "resubmit", "withdrawSubmission", "appealSubmission", "answerReviewers"), SHOWN),
    "listReviews": {
        "waiting": [
            {
                "id": CREDENTIAL,
                "program": SHARE,
                "programName": "Northside Robotics Club",
                "state": "pending",
                "title": "A robot that follows a line",
                "achievement": COMPETENCY,
                "way": "form",
                "since": AT,
                "claimedUntil": None,
            }
        ],
        "counts": {"pending": 1, "accepted": 12},
        "next": None,
    },
    "listCandidates": {
        "candidates": [
            {
                "id": LEARNER,
                "name": "Ada Sample",
                "birthDate": "2014-05-06",
                "grade": "07",
                "school": "Northside Middle School",
                "sameBirthDate": True,
                "byNumber": None,
            }
        ]
    },
    **dict.fromkeys(
        (
            "readCase",
            "decideWhose",
            "claimSubmission",
            "releaseSubmission",
            "reviewSubmission",
            "answerProgram",
            "retractAcceptance",
        ),
        CASE,
    ),
}
"""An answer of each operation."""
