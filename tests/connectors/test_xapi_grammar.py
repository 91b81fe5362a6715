"""The standard's grammar of a statement: no slip of the pen passes, and what senders in use are known to do does."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import MappingError
from connectors.xapi import grammar

ID = "0b6c1b0e-6f0c-4a52-9d0c-2f4f3f1f7a10"
ADA = {"objectType": "Agent", "name": "Ada Sample", "mbox": "mailto:ada@example.org"}
TEAM = {"objectType": "Group", "member": [ADA, {"openid": "https://ids.example.org/2"}]}
FILE = {
    "usageType": "https://tool.example.org/essay",
    "display": {"en-US": "Essay"},
    "contentType": "application/pdf",
    "length": 3,
    "sha2": "a" * 64,
}
WHOLE: dict[str, Any] = {
    "id": ID,
    "actor": {"account": {"homePage": "https://sis.example.org", "name": "1001"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en-US": "answered", "zh-Hans-CN": "回答"}},
    "object": {
        "objectType": "Activity",
        "id": "https://tool.example.org/quiz/1",
        "definition": {
            "name": {"en": "Quiz 1"},
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "moreInfo": "https://tool.example.org/quiz/1/about",
            "interactionType": "matching",
            "correctResponsesPattern": ["a[.]b"],
            "source": [{"id": "a", "description": {"en": "A"}}],
            "target": [{"id": "b"}],
            "extensions": {"https://tool.example.org/x": {"any": None}},
        },
    },
    "result": {
        "score": {"scaled": 0.75, "raw": 3, "min": 0, "max": 4},
        "success": True,
        "completion": True,
        "response": "a[.]b",
        "duration": "PT1M5.33S",
        "extensions": {"https://tool.example.org/tries": 2},
    },
    "context": {
        "registration": ID,
        "instructor": ADA,
        "team": TEAM,
        "contextActivities": {"parent": {"id": "https://tool.example.org/course"}, "category": []},
        "contextAgents": [{"objectType": "contextAgent", "agent": ADA, "relevantTypes": ["https://x.example.org/r"]}],
        "contextGroups": [{"objectType": "contextGroup", "group": TEAM}],
        "revision": "2",
        "platform": "Tool",
        "language": "en-US",
        "statement": {"objectType": "StatementRef", "id": ID},
    },
    "timestamp": "2026-10-03T16:30:00.123Z",
    "stored": "2026-10-03T16:30:01+02:00",
    "authority": {"objectType": "Group", "member": [ADA, {"mbox_sha1sum": "b" * 40}]},
    "version": "1.0.3",
    "attachments": [FILE],
}
INNER = {name: WHOLE[name] for name in ("actor", "verb", "object", "result", "context", "timestamp", "attachments")}
NESTED: dict[str, Any] = {**WHOLE, "object": {"objectType": "SubStatement", **INNER}}
del NESTED["context"]
FREE = {"extensions", "display", "description"}
"""Below these a sender chooses the names."""

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where a property or an element stands that the standard names."""
    if (path and path[-1] in FREE) or path[-2:] == ("definition", "name"):
        return
    for step, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, step)
        yield from places(part, (*path, step))


def outer(statement: Any, path: Path) -> Any:
    for step in path[:-1]:
        statement = statement[step]
    return statement


STATEMENTS = {"whole": WHOLE, "nested": NESTED}
EVERYWHERE = [(name, path) for name, statement in STATEMENTS.items() for path in places(statement)]


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_whole_statement_passes(statement: dict[str, Any]) -> None:
    grammar.check(statement)


@given(st.sampled_from(EVERYWHERE), st.sampled_from([None, [[]]]))
def test_nothing_is_null_or_of_another_type_wherever_it_stands(place: tuple[str, Path], value: Any) -> None:
    name, path = place
    statement = deepcopy(STATEMENTS[name])
    outer(statement, path)[path[-1]] = value
    with pytest.raises(MappingError):
        grammar.check(statement)


@given(st.sampled_from(EVERYWHERE))
def test_a_property_of_another_name_is_refused_wherever_it_stands(place: tuple[str, Path]) -> None:
    name, path = place
    if isinstance(path[-1], int):
        return
    statement = deepcopy(STATEMENTS[name])
    whole = outer(statement, path)
    whole[path[-1][:-1] + "_"] = whole.pop(path[-1])
    with pytest.raises(MappingError, match=r"is no property that the standard has|is none of|should be|give exactly"):
        grammar.check(statement)


def with_value(path: str, value: Any) -> dict[str, Any]:
    statement = deepcopy(WHOLE)
    *before, last = path.split(".")
    inside: Any = statement
    for step in before:
        inside = inside[step]
    inside[last] = value
    return statement


WRONG = {
    "id": ["7", ID + "8", 7],
    "actor": [{}, {"name": "Ada"}, {**ADA, "openid": "https://a.example.org"}, {**ADA, "objectType": "agent"}],
    "actor.account": [{"name": "1001"}, {"homePage": "sis.example.org", "name": "1001"}],
    "verb.id": ["passed", ""],
    "verb.display": [{"a12345678": "x"}, {"en": 7}],
    "object": [{"id": "https://x.example.org/1", "objectType": "activity"}, {"definition": {"name": {"en": "x"}}}],
    "object.definition.interactionType": ["quiz"],
    "object.definition.source": [[{"id": "a"}, {"id": "a"}], [{}], "a"],
    "object.definition.steps": [[{"id": "a"}]],
    "result.score": [{"scaled": 1.5}, {"scaled": "0.5"}, {"raw": 5, "max": 4}, {"min": 2, "max": 1}, {"scoer": 1}, 4],
    "result.success": ["true", 1],
    "result.completion": ["false", {}],
    "result.duration": ["90", "P", "PT", "1M30S", "PT1X"],
    "context.registration": ["7"],
    "context.team": [ADA],
    "context.language": ["a12345678"],
    "context.contextActivities": [{"parents": []}, "x"],
    "context.contextAgents": [[{"agent": ADA}], [{"objectType": "contextAgent", "agent": ADA, "relevantTypes": []}]],
    "context.statement": [{"id": ID}, ID],
    "timestamp": ["01/02/2026", "2026-10-03", "2026-10-03T16:30:00-00:00", "2026-10-03T16:30:00-0000", "soon"],
    "authority": [{"objectType": "Group", "member": [ADA]}],
    "version": ["0.9.9", "1.1.0", "2.0"],
    "attachments": [[{**FILE, "sha2": "x"}], [{**FILE, "length": "3"}], {}, [{"usageType": "https://x.example.org"}]],
}


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in WRONG.items() for value in values])
def test_what_the_standard_forbids_is_refused_by_its_path(path: str, value: Any) -> None:
    with pytest.raises(MappingError, match=path.partition(".")[0]):
        grammar.check(with_value(path, value))


def test_what_is_voided_is_named_and_what_is_no_activity_has_no_revision() -> None:
    with pytest.raises(MappingError, match="StatementRef"):
        grammar.check(with_value("verb.id", grammar.VOIDED))
    with pytest.raises(MappingError, match=r"context\.revision"):
        grammar.check(with_value("object", ADA))


KNOWN = {
    "object.objectType": ["GroupActivity"],
    "object": [
        {"objectType": "Activity", "definition": {"type": "https://x.example.org/t", "interactionType": "other"}}
    ],
    "context.contextActivities": [{"grouping": [{"id": ID}]}],
    "object.definition": [{"interactionType": "compound"}, {"choices": [], "steps": [], "interactionType": "numeric"}],
    "context.extensions": [[]],
    "result.duration": ["P16559.14S", "P3W", "P1Y2M3DT4H5M6.7S", "PT0S"],
    "timestamp": ["2026-10-03T16:30:00", "2026-10-03T16:30:00+0200", "2026-10-03T16:30:00.123456789Z"],
    "version": ["1.0", "1.0.9", "2.0.0"],
}


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in KNOWN.items() for value in values])
def test_what_senders_in_use_are_known_to_send_passes(path: str, value: Any) -> None:
    grammar.check(with_value(path, value))
