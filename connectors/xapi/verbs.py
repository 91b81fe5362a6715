"""What verbs say of a learner, and what activities are: the vocabularies of `vocabulary.toml`, read once."""

import tomllib
from importlib.resources import files
from typing import Any, Literal, cast, get_args

Meaning = Literal[
    "met", "not met", "measured", "answered", "shown", "exempt", "conferred", "taken back", "voided", "nothing"
]
"""`met`, `not met`: whether it was reached. `measured`: what the result says, and nothing without one. `answered`: the
same of what stands by itself, and nothing of a question inside a test. `shown`: as measured, but without a result it is
still a piece of work. `conferred`: an organization grants a competency or a badge. `taken back`: it holds no longer.
`nothing`: known, and no evidence of learning."""

ADL = "http://adlnet.gov/expapi/verbs/"
TLA = "https://w3id.org/xapi/tla/verbs/"

LEARNER = "https://w3id.org/xapi/tla/extensions/learner"
"""The TLA's extension that names the learner where the actor is another."""

EXPIRES = "https://w3id.org/xapi/comp/contextextensions/expires"
"""When a competency ceases to hold (learner competency assertion profile, "Update Competency")."""

_FILE = files("connectors.xapi").joinpath("vocabulary.toml")
_VOCABULARY: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))

VERBS: dict[str, Meaning] = {
    profile["base"] + verb: cast(Meaning, meaning)
    for profile in _VOCABULARY["profile"]
    for meaning in get_args(Meaning)
    for verb in profile.get(meaning, "").split()
}
"""The meaning of each verb that any of the profiles has, by its IRI.

`verified` and the goals of the TLA refer to another statement and name no learner of their own: they are kept, and say
nothing. `waived` is an exemption and no proof.
"""

COMPETENCY: frozenset[str] = frozenset(_VOCABULARY["types"]["competency"])
"""Types of activity that are competencies."""

CREDENTIAL: frozenset[str] = frozenset(_VOCABULARY["types"]["credential"])
"""Types of activity that are badges and certificates: to achieve one is to be granted it."""
