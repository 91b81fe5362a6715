"""xAPI statements: what each verb says, whom it is about, and that whatever will not do is refused by name."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.xapi import XapiSettings, connector
from connectors.xapi.model import XapiStatement
from connectors.xapi.verbs import ADL, LEARNER, TLA, VERBS
from schemas import AnyRecord, Credential, Evidence, Gone, Person, Result

FOLDER = Path(__file__).parents[2]
STATEMENTS: list[dict[str, Any]] = json.loads(
    (FOLDER / "connectors/xapi/fixtures/statements/page.json").read_text("utf-8")
)
COMPETENCY_TYPE = "https://w3id.org/xapi/tla/activity-types/competency"
PROFILES = FOLDER.parent / "shared" / "data" / "events" / "xapi-profiles"
[STREAM] = connector.streams


def mapped(statement: dict[str, Any], **configured: Any) -> list[AnyRecord]:
    fields = Fields(json.loads(json.dumps(statement)))
    [stream] = connector.streams_for(XapiSettings(**configured))
    records = list(stream.map(fields))
    assert list(fields.left()) == []
    return records


def changed(number: int, **fields: Any) -> dict[str, Any]:
    return {**STATEMENTS[number - 1], **fields}


def only(shape: type, records: list[AnyRecord]) -> Any:
    [record] = [record for record in records if isinstance(record, shape)]
    return record


def test_a_passed_test_tells_its_score_its_competency_and_who_judged() -> None:
    result = only(Result, mapped(STATEMENTS[0]))
    assert (result.score, result.minimum, result.maximum, result.passed) == (17, 0, 20, True)
    assert result.assessor == "Grace Example"
    assert [alignment.name for alignment in result.alignments] == ["Understand the concept of a ratio"]


def test_mastered_and_achieved_mean_the_object_itself_and_completed_means_what_it_names() -> None:
    for number in (4, 10):
        assert [a.url for a in only(Result, mapped(STATEMENTS[number - 1])).alignments] == [
            "https://makers.example.org/competencies/soldering"
        ]
    unaligned = only(Result, mapped(STATEMENTS[5]))
    assert (unaligned.alignments, unaligned.status) == ((), "partially graded")


def test_work_without_a_judgement_is_evidence_and_no_result() -> None:
    records = mapped(STATEMENTS[4])
    assert [type(record) for record in records] == [Evidence, Person]


def test_an_exemption_is_no_proof() -> None:
    result = only(Result, mapped(STATEMENTS[11]))
    assert (result.status, result.passed, result.score) == ("exempt", None, None)


def test_what_is_granted_is_the_learners_and_not_the_organizations() -> None:
    granted, revoked = (only(Credential, mapped(STATEMENTS[n])) for n in (6, 7))
    assert granted.person == revoked.person == "email:ben.sample@example.org"
    assert (granted.revoked, revoked.revoked) == (False, True)
    assert (granted.issuer.name, str(granted.expires_at)) == ("Northside Makers", "2028-08-31 00:00:00+00:00")


def test_every_member_of_a_team_has_the_work_and_nobody_else() -> None:
    records = mapped(STATEMENTS[10])
    people = {record.key for record in records if isinstance(record, Person)}
    assert people == {record.person for record in records if isinstance(record, Evidence)}
    assert len(people) == 3


def test_who_is_named_twice_in_a_team_has_the_work_once() -> None:
    member = {"name": "Ada Sample", "mbox": "mailto:ada@example.org"}
    team = {"objectType": "Group", "member": [member, {**member, "name": "Ada"}]}
    assert only(Evidence, mapped(changed(5, actor=team))).key == STATEMENTS[4]["id"]


def test_the_learner_an_extension_names_goes_before_the_actor() -> None:
    assert only(Person, mapped(STATEMENTS[15])).key == "account:ada.sample@https://lms.example.org"


def test_an_account_links_only_where_the_district_says_whose_numbers_it_has() -> None:
    [unknown] = only(Person, mapped(STATEMENTS[0])).identifiers
    assert (unknown.type, unknown.issuer) == ("account", "https://lms.example.org")
    [known] = only(Person, mapped(STATEMENTS[0], homes={"https://lms.example.org": "district"})).identifiers
    assert (known.type, known.value, known.issuer) == ("district", "ada.sample", None)


def test_a_voided_statement_is_withdrawn_by_its_id() -> None:
    assert mapped(STATEMENTS[16]) == [
        Gone(key=STATEMENTS[1]["id"], modified=only(Gone, mapped(STATEMENTS[16])).modified, withdrawn=False)
    ]


def test_what_is_no_evidence_of_learning_says_nothing() -> None:
    assert [mapped(STATEMENTS[n]) for n in (12, 13, 14)] == [[], [], []]


def test_a_verb_nobody_knows_is_set_apart_until_the_source_says_what_it_means() -> None:
    own = changed(4, verb={"id": "https://tool.example.org/verbs/aced"})
    with pytest.raises(MappingError, match=r"'https://tool\.example\.org/verbs/aced' is no verb we know"):
        mapped(own)
    assert only(Result, mapped(own, verbs={"https://tool.example.org/verbs/aced": "met"})).passed is True


@pytest.mark.parametrize(
    ("number", "fields", "complaint"),
    [
        (1, {"id": "1"}, "id: '1': string should match"),
        (1, {"id": None}, "id: is missing"),
        (1, {"actor": {"name": "Nobody"}}, "actor: names nobody"),
        (1, {"actor": {"mbox": "ada@example.org"}}, "mbox"),
        (1, {"actor": {"mbox": "mailto:a@example.org", "openid": "https://a.example.org"}}, "exactly one of"),
        (1, {"actor": {"objectType": "Group", "mbox": "mailto:team@example.org"}}, "a group without members"),
        (
            1,
            {"actor": {"objectType": "Group", "member": [{"objectType": "Group"}]}},
            "a member of the group is a group again",
        ),
        (1, {"result": {"success": False}}, "says the contrary"),
        (1, {"result": {"score": {"scaled": 1.2}}}, r"result\.score\.scaled"),
        (1, {"result": {"score": {"raw": 9, "min": 0, "max": 5}}}, "has raw 9 outside of min and max"),
        (1, {"result": {"score": {"raw": 7, "min": 9, "max": 5}}}, "has min 9 above max 5"),
        (1, {"object": {"id": 7}}, r"object\.id"),
        (1, {"object": {"objectType": "Agent", "mbox": "mailto:a@example.org"}}, "is nothing that"),
        (7, {"context": {}}, "names no competency"),
        (
            7,
            {"context": {"contextActivities": {"grouping": {"id": "x"}}, "extensions": {LEARNER: 7}}},
            "learner: 7: input should be",
        ),
        (1, {"timestamp": "yesterday"}, "timestamp: 'yesterday' is not a date-time"),
        (17, {"object": {"objectType": "StatementRef"}}, r"object\.id: is missing"),
    ],
)
def test_what_will_not_do_is_named(number: int, fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(MappingError, match=complaint) as raised:
        mapped(changed(number, **fields))
    assert len(str(raised.value)) < 500


def test_a_scale_without_a_score_measures_nothing() -> None:
    done = changed(5, result={"score": {"min": 0, "max": 20}, "completion": True})
    assert [type(record) for record in mapped(done)] == [Evidence, Person]


@given(st.tuples(*[st.floats(-1, 1)] * 2))
def test_of_two_scaled_scores_the_worse_is_never_worth_more(scores: tuple[float, float]) -> None:
    worse, better = (
        only(Result, mapped(changed(1, result={"score": {"scaled": scaled}}))) for scaled in sorted(scores)
    )
    assert (worse.minimum, worse.maximum) == (better.minimum, better.maximum) == (0, 1)
    assert 0 <= worse.score <= better.score <= 1
    assert worse.extensions == ({"scaled": min(scores)} if min(scores) < 0 else {})


def test_an_instructor_told_by_a_hash_alone_is_no_group() -> None:
    context = {"instructor": {"mbox_sha1sum": "0" * 40}, "contextAgents": [{"objectType": "contextAgent"}]}
    assert only(Result, mapped(changed(1, context=context))).assessor == "somebody not named"


def test_a_competency_named_twice_keeps_its_name() -> None:
    named = {**STATEMENTS[9]["object"]}
    around = {"contextActivities": {"other": [{"id": named["id"], "definition": {"type": COMPETENCY_TYPE}}]}}
    assert named["definition"]["name"]
    [alignment] = only(Result, mapped(changed(10, context=around))).alignments
    assert alignment.name is not None


def test_the_schemas_example_maps() -> None:
    assert only(Result, mapped(XapiStatement.model_json_schema()["examples"][0])).passed is True


def test_every_verb_of_the_published_profiles_has_a_meaning() -> None:
    verbs = set()
    if not PROFILES.exists():
        pytest.skip(f"the published profiles are not at {PROFILES}")
    for path in PROFILES.glob("*.json*"):
        profile = json.loads(path.read_text("utf-8"))
        verbs |= {t["verb"] for t in profile["templates"] if "verb" in t}
    assert len(verbs) > 10
    assert verbs - VERBS.keys() == set()
    assert (VERBS[ADL + "mastered"], VERBS[TLA + "asserted"]) == ("met", "shown")


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(sorted(VERBS))
names = st.sampled_from(sorted({"score", "scaled", "raw", "account", "member", "definition", "grouping", "mbox"})) | (
    st.sampled_from([field.alias or name for name, field in XapiStatement.model_fields.items()])
)
trees = st.recursive(leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(names, t, max_size=4), max_leaves=8)


@settings(max_examples=300)
@given(st.sampled_from(STATEMENTS), st.dictionaries(names, trees, max_size=3))
def test_anything_maps_or_is_a_mapping_error(base: dict[str, Any], changes: dict[str, Any]) -> None:
    fields = Fields(json.loads(json.dumps(base | changes)))
    try:
        records = list(STREAM.map(fields))
    except MappingError:
        return
    msgspec.json.encode(records)
