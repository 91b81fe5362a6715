"""Evidence as it is pushed: what maps, and that whatever does not is refused by name."""

import contextlib
import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.errors import MappingError
from connectors.evidence import connector
from connectors.evidence.model import EvidenceItem
from connectors.fields import Fields
from connectors.learner import key_of
from schemas import AnyRecord, Credential, Evidence, Gone, Person, Result
from schemas.codes import IdentifierType

FIXTURES = Path(__file__).parents[2] / "connectors/evidence/fixtures/evidence"
ITEMS: list[dict[str, Any]] = json.loads((FIXTURES / "page.json").read_text("utf-8"))
[STREAM] = connector.streams


def copy(item: Any) -> Any:
    return json.loads(json.dumps(item))


def mapped(item: dict[str, Any]) -> list[AnyRecord]:
    fields = Fields(copy(item))
    records = list(STREAM.map(fields))
    assert list(fields.left()) == []
    return records


def changed(path: str, value: Any, item: int = 0) -> dict[str, Any]:
    """The item with the value at a path like `learner.identifiers.0.type` replaced."""
    whole = copy(ITEMS[item])
    *steps, last = path.split(".")
    part = whole
    for step in steps:
        part = part[int(step)] if isinstance(part, list) else part.setdefault(step, {})
    part[int(last) if isinstance(part, list) else last] = value
    return whole


def test_the_fixtures_map_whole_and_the_same_each_time() -> None:
    records = [record for item in ITEMS for record in mapped(item)]
    assert records == [record for item in ITEMS for record in mapped(item)]
    assert json.loads(msgspec.json.encode(records)) == json.loads((FIXTURES / "expected.json").read_text("utf-8"))


def test_two_learners_who_share_an_email_address_stay_two() -> None:
    ada, ben = (next(r for r in mapped(item) if isinstance(r, Person)) for item in ITEMS[1:3])
    assert ada.email == ben.email
    assert ada.key != ben.key


def test_one_identifier_of_two_issuers_is_two_learners() -> None:
    [person] = [r for r in mapped(ITEMS[3]) if isinstance(r, Person)]
    assert person.key == "state:ST-9@TX"


KINDS: tuple[IdentifierType, ...] = ("account", "program")
NAMES = st.text(st.sampled_from("aA1@%4025 '="), min_size=1, max_size=8).filter(str.strip)


@given(st.lists(st.tuples(st.sampled_from(KINDS), NAMES, st.none() | NAMES), min_size=2, max_size=20))
@example([("account", "ada@school.example", None), ("account", "ada", "school.example")])
def test_any_two_identifiers_that_differ_are_two_people(named: list[tuple[IdentifierType, str, str | None]]) -> None:
    assert len({key_of(kind, value, issuer) for kind, value, issuer in named}) == len(set(named))


@pytest.mark.parametrize("identifier", [{"value": " "}, {"value": "1", "issuer": "  "}])
def test_an_id_of_blanks_is_none(identifier: dict[str, str]) -> None:
    with pytest.raises(MappingError, match="is blank"):
        mapped(changed("learner.identifiers.0", {"type": "account", **identifier}))


def test_an_achievement_told_without_a_credential_is_unverified() -> None:
    [credential] = [r for r in mapped(ITEMS[3]) if isinstance(r, Credential)]
    assert credential.verification == "unverified"
    assert "no signed credential" in (credential.verification_note or "")


def test_what_is_withdrawn_is_withdrawn_but_the_learner_is_not() -> None:
    records = mapped(ITEMS[4])
    assert [r.withdrawn for r in records if isinstance(r, Evidence | Result)] == [True, True]
    assert [r.withdrawn for r in records if isinstance(r, Person)] == [False]


def test_fields_nobody_knows_are_left_to_be_reported_by_path() -> None:
    item = changed("mood", "proud")
    item["learner"]["shoeSize"] = 36
    item["alignments"][0]["strength"] = "strong"
    fields = Fields(item)
    assert len(list(STREAM.map(fields))) == 3
    assert dict(fields.left()) == {"mood": "proud", "learner.shoeSize": 36, "alignments[0].strength": "strong"}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (
            "learner.identifiers.0.type",
            "ssn",
            r"learner\.identifiers\[0\]\.type: 'ssn' is not one of 'state', 'district'",
        ),
        ("learner.identifiers", [], r"learner\.identifiers: is missing, and is required"),
        ("learner.identifiers.0.value", True, r"learner\.identifiers\[0\]\.value: True"),
        ("learner.identifiers.0", "RC-118", r"field 'learner\.identifiers': .* is not a list of objects"),
        ("learner.birthDate", "05/06/2014", r"learner\.birthDate: '05/06/2014' is not a date like"),
        ("learner", None, "learner is missing: say whose it is"),
        ("id", "", "id: is missing"),
        ("id", "x" * 256, "id: .*at most 255 characters"),
        ("url", "javascript:alert(1)", r"url: 'javascript:alert\(1\)' is not a web address"),
        ("url", "https://", "url: 'https://' is not a web address"),
        ("url", "http://[", "url: 'http://\\['"),
        ("occurredAt", 1700000000, "occurredAt: 1700000000 is not a date-time"),
        ("occurredAt", "0001-01-01T00:00:00+14:00", "occurredAt: .* is not a date-time"),
        ("setting", "moon", "setting: 'moon' is not one of 'in-school', 'after-school'"),
        ("result.score", "3", r"result\.score: '3': input should be a valid number"),
        ("result.score", True, r"result\.score: True"),
        ("result.score", math.nan, r"result\.score: nan is not a finite number"),
        ("result.score", math.inf, r"result\.score: inf is not a finite number"),
        ("result.score", 2**63, r"result\.score: the number has more than 64 bits"),
        ("result.min", 5, r"result: has min 5 above max 4"),
        ("result.status", "zero", r"result\.status: 'zero' is not one of"),
        ("name", "a\x00b", "name: holds a NUL character"),
        ("name", "\ud83d", "name: holds half a character"),
        ("narrative", "x" * 20_001, "narrative: .*at most 20000"),
        ("alignments", [{"type": "CFItem"}], r"alignments\[0\]: says no competency"),
        ("alignments", [{"code": str(n)} for n in range(101)], "alignments: .*at most 100 items"),
        ("mood", {"a\x00": 1}, "mood: a field name holds a NUL"),
        ("mood", 10**400, "mood: the number has more than 64 bits"),
        ("mood", ["x"] * 20_001, "more than 20,000 values"),
    ],
)
def test_what_will_not_do_is_named_by_path_and_value(path: str, value: Any, complaint: str) -> None:
    item = changed(path, value)
    with pytest.raises(MappingError, match=complaint) as raised:
        list(STREAM.map(Fields(item)))
    assert len(str(raised.value)) < 500


def test_endless_nesting_is_refused() -> None:
    deep: Any = "bottom"
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(MappingError, match="nested deeper than 40 levels"):
        list(STREAM.map(Fields({**ITEMS[0], "mood": deep})))


def test_two_state_numbers_in_one_document_are_refused() -> None:
    item = changed("learner.identifiers", [{"type": "state", "value": "1"}, {"type": "state", "value": "2"}])
    with pytest.raises(MappingError, match="learner: has two state identifiers"):
        mapped(item)


def test_nothing_shown_is_refused() -> None:
    with pytest.raises(MappingError, match="nothing is shown: give a name"):
        mapped({"id": "1", "learner": ITEMS[0]["learner"]})


def test_the_schema_is_camel_case_with_an_example_that_maps() -> None:
    schema = EvidenceItem.model_json_schema()
    assert {"occurredAt", "learner", "alignments"} <= schema["properties"].keys()
    assert schema["required"] == ["id"], "who takes an item back may have no more"
    assert mapped(schema["examples"][0])


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["\ud800", "\x00", "https://x.example", "2026-01-01", "state", 2**63, -(2**63) - 1]),
)
names = st.one_of(
    st.sampled_from(sorted(p.alias or n for n, p in EvidenceItem.model_fields.items())), st.text(max_size=5)
)
trees = st.recursive(leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(names, t, max_size=3), max_leaves=8)


@settings(max_examples=300)
@given(st.sampled_from(range(len(ITEMS))), st.dictionaries(names, trees, max_size=4))
@example(0, {"learner": {"identifiers": [{"type": [], "value": {}}]}})
@example(4, {"learner": None})
@example(0, {"learner": None})
def test_anything_maps_or_is_a_mapping_error(base: int, changes: dict[str, Any]) -> None:
    item = copy(ITEMS[base]) | changes
    try:
        records = list(STREAM.map(Fields(copy(item))))
    except MappingError:
        return
    if any(isinstance(r, Gone) for r in records):
        assert item.get("withdrawn") is True, "only what is taken back is gone"
        assert [(type(r), r.withdrawn) for r in records] == [(Gone, True)]
        assert "id" in changes or records[0].key == item["id"]
    else:
        assert [type(r) for r in records[:2]] == [Evidence, Person]
    msgspec.json.encode(records)


@given(trees)
def test_any_tree_as_a_learner_maps_or_is_a_mapping_error(learner: Any) -> None:
    with contextlib.suppress(MappingError):
        list(STREAM.map(Fields({**copy(ITEMS[0]), "learner": learner})))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"score": 40, "max": 4}, "has score 40, which is not between 0 and max 4"),
        ({"score": 0, "min": 1, "max": 4}, "has score 0, which is not between 1 and max 4"),
    ],
)
def test_a_score_off_its_scale_is_refused(result: dict[str, Any], words: str) -> None:
    with pytest.raises(MappingError, match=words):
        mapped({"id": "1", "learner": ITEMS[0]["learner"], "result": result})


def test_what_is_taken_back_needs_no_more_than_its_id() -> None:
    [gone] = mapped({"id": "1", "withdrawn": True})
    assert (gone.key, gone.withdrawn) == ("1", True)
