"""What verbs say of a learner: those of ADL, cmi5 and the Total Learning Architecture (TLA)."""

from typing import Literal

Meaning = Literal["met", "not met", "measured", "shown", "exempt", "conferred", "taken back", "voided", "nothing"]
"""`met`, `not met`: whether it was reached. `measured`: what the result says, and nothing without one. `shown`: the
same, but without a result it is still a piece of work. `conferred`: an organization grants a competency. `taken back`:
it holds no longer. `nothing`: known, and no evidence of learning."""

ADL = "http://adlnet.gov/expapi/verbs/"
CMI5 = "https://w3id.org/xapi/adl/verbs/"
TLA = "https://w3id.org/xapi/tla/verbs/"

LEARNER = "https://w3id.org/xapi/tla/extensions/learner"
"""The TLA's extension that names the learner where the actor is another."""

EXPIRES = "https://w3id.org/xapi/comp/contextextensions/expires"
"""When a competency ceases to hold (learner competency assertion profile, "Update Competency")."""

COMPETENCY = frozenset(
    {"https://w3id.org/xapi/tla/activity-types/competency", "http://adlnet.gov/expapi/activities/objective"}
)
"""Types of activity that are competencies."""

_SAID: dict[str, dict[Meaning, str]] = {
    ADL: {
        "met": "passed mastered satisfied",
        "not met": "failed",
        "measured": "scored",
        "shown": "completed",
        "exempt": "waived",
        "voided": "voided",
        "nothing": "answered asked attempted attended commented exited experienced imported initialized interacted "
        "launched logged-in logged-out preferred progressed registered responded resumed shared suspended terminated",
    },
    CMI5: {"met": "satisfied", "exempt": "waived", "nothing": "abandoned"},
    TLA: {
        "met": "achieved mastered",
        "measured": "assessed evaluated",
        "shown": "asserted",
        "conferred": "conferred certified",
        "taken back": "revoked forfeited expired",
        "nothing": "appraised approved captured clarified contextualized curated deselected detailed directed employed "
        "explored inferred located mobilized organized planned prioritized projected promoted qualified recommended "
        "recruited released restricted scheduled schooled screened selected socialized surveyed tracked transitioned "
        "validated verified",
    },
}
VERBS: dict[str, Meaning] = {
    base + verb: meaning for base, said in _SAID.items() for meaning, verbs in said.items() for verb in verbs.split()
}
"""The ADL vocabulary, cmi5 section 9.3, the TLA profile 0.13 and the learner competency assertion profile.

`verified` and the goals of the TLA refer to another statement and name no learner of their own: they are kept, and say
nothing. `waived` is an exemption and no proof. `satisfied` and `waived` are written in two namespaces.
"""
