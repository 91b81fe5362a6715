"""Each form in which sources align what was learned becomes assertions: from their fixtures, recorded or published."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from app.mastery.assertions import Assertion, AssertionDetail, asserted
from app.pipeline.statement import RecordSource, Statement
from connectors import named
from connectors.fields import Fields
from connectors.testing.fixtures import fixtures
from schemas import LineItem, Result
from tests.support.district import MORNING, District

STREAMS = {stream.name: stream for stream in named("kolibri").streams}


def statements_of(connector: str) -> list[Statement]:
    """All that a connector's fixtures say."""
    made = named(connector)
    source = RecordSource(1, connector, made.title, made.rank, made.setting)
    statements = []
    for fixture in fixtures():
        if fixture.connector is made:
            for page in fixture.pages():
                for number, body in enumerate(page.records):
                    raw = msgspec.json.decode(body)
                    fields = Fields(dict(zip(page.columns, raw, strict=True)) if page.columns else raw)
                    for n, record in enumerate(r for r in fixture.stream.map(fields) if not r.withdrawn):
                        key = f"{fixture.folder.name}/{number}"
                        statements.append(Statement(source, fixture.stream.name, key, n, MORNING, "current", record))
    return statements


def assertions(connector: str) -> list[Assertion]:
    """What a connector's fixtures assert, of everybody."""
    return assertions_of(statements_of(connector))


def assertions_of(stated: Iterable[Statement]) -> list[Assertion]:
    """What statements assert, of everybody."""
    statements = list(stated)
    by_key = {(str(t.record.__struct_config__.tag), t.record.key): t for t in statements}
    by_person: dict[str, list[Statement]] = {}
    for statement in statements:
        if person := getattr(statement.record, "person", None):
            by_person.setdefault(person, []).append(statement)
    return [
        assertion
        for statements in by_person.values()
        for assertion in asserted(statements, lambda _source, kind, key: by_key.get((kind, key)))
    ]


def of(assertions: Iterable[Assertion], target: str) -> list[Assertion]:
    """The assertions of one competency, oldest first."""
    return sorted(
        (assertion for assertion in assertions if assertion.target.key.partition("@")[0] == target),
        key=lambda assertion: assertion.at,
    )


def test_what_is_read_of_an_assertion_is_hashed_in_the_order_of_names() -> None:
    """As it was when it was an object: assertions that are stored keep their hash."""
    names = [field.encode_name for field in msgspec.structs.fields(AssertionDetail)]
    assert names == sorted(names)
    for assertion in assertions("oneroster"):
        anew = msgspec.json.Encoder(order="deterministic").encode(msgspec.to_builtins(assertion.detail))
        assert anew == msgspec.json.encode(assertion.detail)


def test_oneroster_learning_objectives() -> None:
    asserted_by = assertions("oneroster")
    narrative, interim = of(asserted_by, "case:1e1c2d3a-9b44-5c5e-8f10-0a1b2c3d4e5f")
    assert (narrative.value, narrative.detail.narrative) == (4, "Shows ratios in tables and graphs.")
    assert (interim.value, interim.share, str(interim.at.date())) == (3, None, "2026-10-02")  # no scale is guessed
    [words] = of(asserted_by, "case:6b9c3f52-7a10-4f0e-9a55-1d2e3f4a5b6c")
    assert (words.level, words.value) == ("not yet", None)


def test_canvas_outcomes_with_rating_and_mastery() -> None:
    outcomes = of(assertions("canvas"), "url:1:/api/v1/outcomes/97")
    ratings = [
        (outcome.person, outcome.share, outcome.level, outcome.met, outcome.method)
        for outcome in outcomes
        if outcome.method
    ]
    assert ratings == [
        ("11", 0.75, "Mastery", True, "formative"),
        ("12", 0.5, "Near", False, "formative"),
        ("11", 0.7, "Near", False, "formative"),
    ]


def test_kolibri_content_tags() -> None:
    statements = statements_of("kolibri")
    tries = {t.record.line_item for t in statements if isinstance(t.record, Result) and t.record.method == "adaptive"}
    with_tags = []
    for statement in statements:
        if isinstance(statement.record, LineItem) and statement.record.key in tries:
            tagged = {"content_id": statement.record.key, "kind": "exercise", "title": statement.record.title}
            [item] = STREAMS["content"].map(Fields({**tagged, "tags": ["fractions", "CCSS.MATH.CONTENT.6.RP.A.1"]}))
            with_tags.append(statement._replace(record=item))
        else:
            with_tags.append(statement)
    assert assertions("kolibri") == []  # what was recorded is not tagged
    met = {(a.met, a.method) for a in assertions_of(with_tags) if a.target.code == "CCSS.MATH.CONTENT.6.RP.A.1"}
    assert met == {(True, "adaptive")}  # a try not finished is no failure
    assert {a.target.code for a in assertions_of(with_tags)} == {"CCSS.MATH.CONTENT.6.RP.A.1"}


def test_moodle_competencies() -> None:
    asserted_of = of(assertions("moodle"), "url:1:/competency/10")
    ratings = [
        (assertion.person, assertion.level, assertion.met, assertion.value, assertion.share)
        for assertion in asserted_of
    ]
    assert sorted(ratings, key=str) == [
        ("13", None, None, None, None),  # what was made in a library, and is not judged
        ("4", "Developing", False, 2, None),  # then, in a plan that is completed
        ("4", "Proficient", True, 3, None),
    ]


def test_standards_columns_of_assessment_files() -> None:
    all_of_them = assertions("assessment_file")
    [standard] = of(all_of_them, "code::SCCCR.ELA.5.RL.MC.7.2")
    assert (standard.share, standard.level, standard.method) == (0.79, "Developing", "adaptive")
    goals = [assertion for assertion in all_of_them if assertion.unit == "RIT"]
    assert {goal.share for goal in goals} == {None}  # RIT has no ends
    assert all(assertion.detail.standard_error > 5 for assertion in goals)


def test_tla_xapi_verbs() -> None:
    all_of_them = assertions("xapi")
    ratio = of(all_of_them, "case:6b9cbe9e-d7cc-11e8-824f-0242ac160002")
    assert [(assertion.positive, assertion.met, assertion.value) for assertion in ratio] == [
        (True, True, 17),
        (True, True, 3),
        (False, True, None),
    ]
    assert ratio[0].detail.issuer == "LMS"
    ben = [
        assertion
        for assertion in of(all_of_them, "url::https://makers.example.org/competencies/soldering")
        if "ben" in assertion.person
    ]
    assert [(assertion.met, assertion.positive) for assertion in ben] == [(None, True), (True, True), (True, False)]
    assert (ben[1].detail.issuer, str(ben[1].expires)) == ("Northside Makers", "2028-08-31 00:00:00+00:00")


def test_badge_alignments() -> None:
    all_of_them = assertions("open_badges")
    [debate] = of(all_of_them, "url::https://case.example.org/CFItems/arg")
    assert (debate.met, debate.positive, str(debate.expires)) == (True, True, "2029-10-03 00:00:00+00:00")
    [taken_back] = of(all_of_them, "code:p21:P21.C")
    assert (taken_back.positive, taken_back.detail.issuer) == (False, "Robotics Club")


def test_pushed_evidence_says_who_judged_for_whom_and_how_sure() -> None:
    [robot] = of(assertions("evidence"), "code:ngss:MS.ETS1.4")
    assert (robot.method, robot.confidence, robot.level) == ("summative", 0.8, "Proficient")
    assert (robot.detail.assessor, robot.detail.issuer) == ("Mentor Grace Example", "Northside Robotics Club")


async def test_a_mapping_that_has_changed_maps_what_is_held_again(district: District) -> None:
    """The version of a connector enters the hash that tells what changed."""
    kolibri = await district.source("kolibri", "kolibri", base_url="https://k.example.org", username="a", password="b")
    before = replace(kolibri, connector=replace(kolibri.connector, version=kolibri.connector.version - 1))
    node = {"id": "n", "content_id": "c", "kind": "exercise", "title": "Ratios", "tags": ["CCSS.MATH.CONTENT.6.RP.A.1"]}
    counts = [(await district.take(source, "content", [node])).counts for source in (before, before, kolibri, kolibri)]
    assert [+count for count in counts] == [{"new": 1}, {"unchanged": 1}, {"updated": 1}, {"unchanged": 1}]
