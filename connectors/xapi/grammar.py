"""What the standard requires of a statement, to the letter: xAPI 1.0.3, part 2, and IEEE 9274.1.1 (xAPI 2.0), 4.2.

`model.py` is what is read of a statement; this is what a record store refuses, that no result is lost by a slip of the
pen: a property of another name, a score that is a text, a `null`. What senders in use are known to do, and what costs
nothing, is let pass: `GroupActivity`, ids that are UUIDs and an activity of which only the type is told (Open edX), the
interaction `compound` (H5P), an empty array for empty extensions (PHP), a duration without its `T` (an example of the
standard's own has none).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.fields import excerpt
from connectors.xapi.checks import (
    Check,
    constant,
    each,
    entries,
    flag,
    like,
    moment,
    number,
    one_of,
    refuse,
    shaped,
    text,
    whole,
)

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_TAG = re.compile(r"(?:[A-Za-z]{2,8}|[xXiI])(?:-[A-Za-z0-9]{1,8})*")
_VERSION = re.compile(r"1\.0(?:\.\d+)?|2\.0\.\d+")
_MEDIA = re.compile(r"[\w.+-]+/[\w.+*-]+(?:\s*;.*)?")
_SHA2 = re.compile(r"[0-9a-fA-F]{56,128}")
_DURATION = re.compile(
    r"P\d+(?:\.\d+)?S|"
    r"P(?!$)(?:\d+(?:\.\d+)?W|(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?)"
)

iri = like(_IRI, "IRI: it begins with a scheme, as in https://")
uuid = like(_UUID, "UUID")
_language = like(_TAG, "language tag, such as en-US")
_words = entries(_language, text)
_named_freely = entries(iri, None)


def _extensions(value: Any, path: str) -> None:
    if value != []:
        _named_freely(value, path)


NAMES = {
    "mbox": like(re.compile(r"mailto:[^@\s]+@[^@\s]+"), "address, such as mailto:ada@example.org"),
    "mbox_sha1sum": like(re.compile(r"[0-9a-fA-F]{40}"), "SHA-1 in 40 hexadecimal digits"),
    "openid": iri,
    "account": shaped({"homePage": iri, "name": text}, "homePage", "name"),
}
"""The inverse functional identifiers (part 2, 2.4.2.3): who it is."""

_plain_agent = shaped({"objectType": constant("Agent"), "name": text, **NAMES})


def agent(value: Any, path: str) -> None:
    """One person or system, by exactly one identifier."""
    _plain_agent(value, path)
    if sum(name in value for name in NAMES) != 1:
        raise refuse(path, f"give exactly one of {', '.join(NAMES)}")


_plain_group = shaped({"objectType": constant("Group"), "name": text, "member": each(agent), **NAMES}, "objectType")


def _group(value: Any, path: str) -> None:
    _plain_group(value, path)
    names = sum(name in value for name in NAMES)
    if names > 1 or (names == 0 and not value.get("member")):
        raise refuse(path, f"give one of {', '.join(NAMES)}, or the members of the group")


def actor(value: Any, path: str) -> None:
    is_group = isinstance(value, dict) and value.get("objectType") == "Group"
    (_group if is_group else agent)(value, path)


def _authority(value: Any, path: str) -> None:
    actor(value, path)
    if value.get("objectType") == "Group" and (any(name in value for name in NAMES) or len(value["member"]) != 2):
        raise refuse(path, "a group that vouches has two members: the application, and who uses it")


_component = shaped({"id": text, "description": _words}, "id")


def _components(value: Any, path: str) -> None:
    each(_component)(value, path)
    ids = [part["id"] for part in value]
    if len(set(ids)) < len(ids):
        raise refuse(path, "two have the same id")


COMPONENTS = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    "performance": ("steps",),
    **dict.fromkeys(("true-false", "fill-in", "long-fill-in", "numeric", "other", "compound"), ()),
}
"""The lists that each type of interaction may have."""

_plain_definition = shaped(
    {
        "name": _words,
        "description": _words,
        "type": iri,
        "moreInfo": iri,
        "extensions": _extensions,
        "interactionType": one_of(*COMPONENTS),
        "correctResponsesPattern": each(text),
        **dict.fromkeys(("choices", "scale", "source", "target", "steps"), _components),
    }
)


def _definition(value: Any, path: str) -> None:
    _plain_definition(value, path)
    allowed = COMPONENTS.get(value.get("interactionType", ""))
    if allowed is None and "correctResponsesPattern" in value:
        raise refuse(path, "interactionType is missing: which kind of question is it?")
    for name in ("choices", "scale", "source", "target", "steps"):
        if value.get(name) and name not in (allowed or ()):
            raise refuse(f"{path}.{name}", f"belongs to no interactionType {excerpt(value.get('interactionType'))}")


_plain_activity = shaped({"objectType": one_of("Activity", "GroupActivity"), "id": text, "definition": _definition})
"""`GroupActivity` is what Open edX calls a problem of several questions."""


def _activity(value: Any, path: str) -> None:
    _plain_activity(value, path)
    if "id" in value:
        iri(value["id"], f"{path}.id")
    elif set(value.get("definition", ())) - {"interactionType"} != {"type"}:  # of which Open edX tells the type alone
        raise refuse(f"{path}.id", "is missing")


def _around(value: Any, path: str) -> None:
    _plain_activity(value, path)
    if not _UUID.fullmatch(value.get("id", "")):  # as Open edX names the attempt at an exam
        _activity(value, path)


reference = shaped({"objectType": constant("StatementRef"), "id": uuid}, "objectType", "id")


def _activities(value: Any, path: str) -> None:
    if isinstance(value, list):
        each(_around)(value, path)
    else:
        _around(value, path)


def _related(kind: str, part: str, check: Check) -> Check:
    relevant = {"objectType": constant(kind), part: check, "relevantTypes": each(iri, least=1)}
    return each(shaped(relevant, "objectType", part))


_context = shaped(
    {
        "registration": uuid,
        "instructor": actor,
        "team": _group,
        "contextActivities": shaped(dict.fromkeys(("parent", "grouping", "category", "other"), _activities)),
        "contextAgents": _related("contextAgent", "agent", agent),
        "contextGroups": _related("contextGroup", "group", _group),
        "revision": text,
        "platform": text,
        "language": _language,
        "statement": reference,
        "extensions": _extensions,
    }
)
_plain_score = shaped(dict.fromkeys(("scaled", "raw", "min", "max"), number))


def _score(value: Any, path: str) -> None:
    _plain_score(value, path)
    least, most, raw = value.get("min"), value.get("max"), value.get("raw")
    if not -1 <= value.get("scaled", 0) <= 1:
        raise refuse(f"{path}.scaled", f"{value['scaled']:g} is not from -1 to 1")
    if least is not None and most is not None and least > most:
        raise refuse(path, f"min {least:g} is above max {most:g}")
    if raw is not None and not (least is None or least <= raw) & (most is None or raw <= most):
        raise refuse(f"{path}.raw", f"{raw:g} is outside of min and max")


_result = shaped(
    {
        "score": _score,
        "success": flag,
        "completion": flag,
        "response": text,
        "duration": like(_DURATION, "duration of ISO 8601, such as PT1H30M"),
        "extensions": _extensions,
    }
)
_attachment = shaped(
    {
        "usageType": iri,
        "display": _words,
        "description": _words,
        "contentType": like(_MEDIA, "media type, such as application/pdf"),
        "length": whole,
        "sha2": like(_SHA2, "SHA-2 in hexadecimal digits"),
        "fileUrl": iri,
    },
    *("usageType", "display", "contentType", "length", "sha2"),
)
_verb = shaped({"id": iri, "display": _words}, "id")
WITHIN: dict[str, Check] = {
    "actor": actor,
    "verb": _verb,
    "result": _result,
    "context": _context,
    "timestamp": moment,
    "attachments": each(_attachment),
}
"""What a statement has, and one inside another (a SubStatement) has too."""


def _said_of(objects: Mapping[str, Check]) -> Check:
    """The object of a statement: of its `objectType`, an activity where none is told."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise refuse(path, f"{excerpt(value)} is no object")
        kind = value.get("objectType", "Activity")
        if not isinstance(kind, str) or kind not in objects:
            raise refuse(f"{path}.objectType", f"{excerpt(kind)} is none of {', '.join(objects)}")
        objects[kind](value, path)

    return check


OBJECTS: dict[str, Check] = {
    "Activity": _activity,
    "GroupActivity": _activity,
    "Agent": agent,
    "Group": _group,
    "StatementRef": reference,
}


def _about_an_activity(value: Mapping[str, Any], path: str) -> None:
    """Revision and platform are of activities alone (part 2, 2.4.6)."""
    if value["object"].get("objectType", "Activity") not in ("Activity", "GroupActivity"):
        for name in ("revision", "platform"):
            if name in value.get("context", {}):
                raise refuse(f"{path}context.{name}", "is told of activities alone")


_parts: Sequence[str] = ("actor", "verb", "object")
_plain_substatement = shaped(
    {"objectType": constant("SubStatement"), "object": _said_of(OBJECTS), **WITHIN}, "objectType", *_parts
)


def _substatement(value: Any, path: str) -> None:
    _plain_substatement(value, path)
    _about_an_activity(value, f"{path}.")


_plain_statement = shaped(
    {
        "id": uuid,
        "object": _said_of({**OBJECTS, "SubStatement": _substatement}),
        "stored": moment,
        "authority": _authority,
        "version": like(_VERSION, "version that is spoken: 1.0.x or 2.0.x"),
        **WITHIN,
    },
    *_parts,
)


def check(statement: Any) -> None:
    """MappingError with the path, the value and what is wrong, where it is no statement by the standard."""
    _plain_statement(statement, "")
    _about_an_activity(statement, "")
    if statement["verb"]["id"] == VOIDED and statement["object"].get("objectType") != "StatementRef":
        raise refuse("object", "what is voided is named by a StatementRef")
