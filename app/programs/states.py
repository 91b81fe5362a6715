"""The life of a submission as a state machine: which step leads from where to where, and whose step it is.

    draft ─submit─▶ pending ─claim─▶ in review ─accept─▶ accepted ─retract─▶ withdrawn
                      ▲  ▲              │  │ │
                      │  └───release────┘  │ └─reject─▶ rejected ─appeal─▶ pending
                      └──resubmit── needs work ◀─ask─┘
    A program withdraws what is not decided, and may hand that in again. A tie, or a panel that is not full, keeps a
    submission in review. Where nobody agrees any more that it is kept, it is withdrawn, wherever it stands; what is in
    the record waits there for the district to take it out.

Pure.
"""

from typing import Literal, get_args

State = Literal["draft", "pending", "in review", "needs work", "accepted", "rejected", "withdrawn"]
Step = Literal[
    "submit",
    "claim",
    "release",
    "review",
    "ask",
    "resubmit",
    "accept",
    "reject",
    "appeal",
    "withdraw",
    "retract",
    "end consent",
    "revoke badge",
]
Side = Literal["program", "district"]

STATES: tuple[State, ...] = get_args(State)
STEPS: tuple[Step, ...] = get_args(Step)
LEADS: dict[tuple[State, Step], State] = {
    ("draft", "submit"): "pending",
    ("pending", "claim"): "in review",
    ("in review", "claim"): "in review",  # another assessor, or one whose colleague's lease has ended
    ("in review", "release"): "pending",
    ("in review", "review"): "in review",
    ("in review", "ask"): "needs work",
    ("in review", "accept"): "accepted",
    ("in review", "reject"): "rejected",
    ("needs work", "resubmit"): "pending",
    ("rejected", "appeal"): "pending",
    ("withdrawn", "resubmit"): "pending",  # what the program took back itself; not what the district did
    ("draft", "withdraw"): "withdrawn",
    ("pending", "withdraw"): "withdrawn",
    ("in review", "withdraw"): "withdrawn",
    ("needs work", "withdraw"): "withdrawn",
    ("accepted", "retract"): "withdrawn",
    ("accepted", "end consent"): "accepted",  # shown no more; the district takes it out of the record
    ("accepted", "revoke badge"): "accepted",  # what was done stays in the record
    ("draft", "end consent"): "withdrawn",
    ("pending", "end consent"): "withdrawn",
    ("in review", "end consent"): "withdrawn",
    ("needs work", "end consent"): "withdrawn",
    ("rejected", "end consent"): "withdrawn",
    ("withdrawn", "end consent"): "withdrawn",
}
"""Where a step leads; what is not here cannot be done."""
PROGRAMS: frozenset[Step] = frozenset({"submit", "resubmit", "appeal", "withdraw", "end consent"})
"""The program's own steps; all others are the district's."""
OPEN: frozenset[State] = frozenset({"pending", "in review", "needs work"})
Standing = Literal["draft", "waiting", "asked back", "in the record", "not taken in", "withdrawn"]
AS_TOLD: dict[State, Standing] = {
    "draft": "draft",
    "pending": "waiting",
    "in review": "waiting",
    "needs work": "asked back",
    "accepted": "in the record",
    "rejected": "not taken in",
    "withdrawn": "withdrawn",
}
"""How a program is told of a state: who reviews what, and when somebody began, is the district's own."""


def after(state: State, step: Step) -> State | None:
    """Where a step leads from a state; None where it cannot be taken there."""
    return LEADS.get((state, step))


def side(step: Step) -> Side:
    """Which side takes the step: the program or the district."""
    return "program" if step in PROGRAMS else "district"


def possible(state: State, whose: Side) -> tuple[Step, ...]:
    """The steps that a side can take from a state, in the order of their names in `Step`."""
    return tuple(step for step in STEPS if side(step) == whose and (state, step) in LEADS)
