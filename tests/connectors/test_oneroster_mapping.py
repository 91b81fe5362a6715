"""OneRoster mappings: golden records, purity, nothing left over, and no error but MappingError."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from connectors import Stream
from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.kit.http import records
from connectors.oneroster import STREAMS, connector, scale
from connectors.oneroster.settings import OneRosterSettings
from schemas import AnyRecord

FIXTURES = Path(__file__).parents[2] / "connectors/oneroster/fixtures"
OFFICIAL = Path(__file__).parents[3] / "shared/data/oneroster"
BY_NAME = {stream.name: stream for stream in STREAMS}
CASES = sorted(path.parent.name for path in FIXTURES.glob("*/page.json"))

SCHEMAS = {
    "orgs": "OrgDType",
    "academicSessions": "AcademicSessionDType",
    "courses": "CourseDType",
    "classes": "ClassDType",
    "users": "UserDType",
    "enrollments": "EnrollmentDType",
    "demographics": "DemographicsDType",
    "lineItems": "LineItemDType",
    "results": "ResultDType",
    "assessmentLineItems": "AssessmentLineItemDType",
    "assessmentResults": "AssessmentResultDType",
}


def stream_of(case: str) -> Stream:
    return BY_NAME[case.partition(".")[0]]


def rows(case: str) -> list[dict[str, Any]]:
    """The raw records of a fixture, as the pipeline decodes them."""
    body = (FIXTURES / case / "page.json").read_bytes()
    return [msgspec.json.decode(record) for record in records(body, stream_of(case).name)]


def mapped(case: str) -> list[AnyRecord]:
    stream = stream_of(case)
    records: list[AnyRecord] = []
    for row in rows(case):
        fields = Fields(row)
        records += stream.map(fields)
        assert {name: value for name, value in fields.left() if name not in stream.ignore} == {}
    return records


@pytest.mark.parametrize("case", CASES)
def test_a_fixture_maps_to_its_golden_records(case):
    first, second = mapped(case), mapped(case)
    assert first == second
    document = json.loads(msgspec.json.encode(first))
    golden = FIXTURES / case / "expected.json"
    if os.environ.get("TESSERA_REWRITE_GOLDEN"):
        golden.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    assert document == json.loads(golden.read_text())


@pytest.mark.parametrize("case", sorted(SCHEMAS))
def test_a_fixture_has_the_official_shape(case):
    service = "gradebook" if case in ("lineItems", "results") or case.startswith("assessment") else "rosters"
    path = OFFICIAL / f"onerosterv1p2{service}service_openapi3_v1p0.json"
    if not path.exists():
        pytest.skip(f"the official documents are not at {OFFICIAL}")
    official = json.loads(path.read_text())
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[case]}", "components": official["components"]}
    validator = Draft4Validator(schema)
    for row in rows(case):
        assert [error.message for error in validator.iter_errors(row)] == []


def test_every_stream_has_a_fixture():
    assert {case.partition(".")[0] for case in CASES} == set(BY_NAME)


def columns(stream: Stream) -> list[str]:
    """The fields a stream may have, in JSON and in CSV."""
    names = {name for case in CASES if stream_of(case) is stream for row in rows(case) for name in row}
    for path in FIXTURES.glob(f"csv-*/{stream.name}.csv"):
        names |= set(path.read_text("utf-8").partition("\n")[0].split(","))
    return sorted(names)


COLUMNS = {stream.name: columns(stream) for stream in STREAMS}
cells = st.sampled_from(
    [
        "",
        " ",
        "active",
        "tobedeleted",
        "student",
        "ext:x",
        "{LDAP:1}",
        "{",
        "2026-13-01",
        "13/13/2026",
        "1/2/2026",
        "0001-01-01",
        "0001-01-01T00:00:00+10:00",
        "1e999",
        "9" * 5000,
    ]
) | st.text(max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([10**400, "0001-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sourcedId", "type", "role", "org", "source", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def refusal(stream: Stream, row: dict[str, Any]) -> str | None:
    """Why a row cannot be mapped; None where it can. Any error but MappingError comes through."""
    try:
        list(stream.map(Fields(row)))
    except MappingError as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
@given(data=st.data())
def test_any_row_of_texts_maps_or_is_refused(stream, data):
    complaint = refusal(stream, {name: data.draw(cells, name) for name in COLUMNS[stream.name]})
    assert complaint is None or "field" in complaint


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
@given(data=st.data())
def test_any_object_maps_or_is_refused(stream, data):
    changed = data.draw(st.dictionaries(st.sampled_from(COLUMNS[stream.name]), values, max_size=4))
    case = data.draw(st.sampled_from([case for case in CASES if stream_of(case) is stream]))
    row = data.draw(st.sampled_from(rows(case))) | changed
    complaint = refusal(stream, row)
    assert complaint is None or "field" in complaint


def only_record(stream: str, row: dict[str, Any]) -> Any:
    [record] = BY_NAME[stream].map(Fields(row))
    return record


ENROLLMENT = {"sourcedId": "e", "userSourcedId": "u", "classSourcedId": "c", "role": "student"}


@pytest.mark.parametrize(
    ("date", "read", "form"), [("03/14/2026", "2026-03-14", "mm/dd/yyyy"), ("25/12/2026", "2026-12-25", "dd/mm/yyyy")]
)
def test_a_date_that_only_one_order_can_read_is_read_and_said(date, read, form):
    record = only_record("enrollments", {**ENROLLMENT, "beginDate": date})
    assert record.begins.isoformat() == read
    assert record.extensions == {"beginDate": f"{date} read as {form}"}


@pytest.mark.parametrize("field", ["beginDate", "dateLastModified"])
def test_a_date_that_may_be_two_waits_until_somebody_says_which(field):
    with pytest.raises(MappingError, match=rf"{field}.*03/04/2026.*set date_order"):
        only_record("enrollments", {**ENROLLMENT, field: "03/04/2026"})


@pytest.mark.parametrize(
    ("order", "role", "day"), [("month-first", "2026-03-04", "2026-03-04"), ("day-first", "2026-04-03", "2026-04-03")]
)
def test_a_setting_says_the_order_of_all_dates_also_of_those_inside(order, role, day):
    streams = {s.name: s for s in connector.streams_for(OneRosterSettings(date_order=order))}
    [enrollment] = streams["enrollments"].map(Fields({**ENROLLMENT, "beginDate": "03/04/2026"}))
    assert enrollment.begins.isoformat() == day
    roles = [{"roleType": "primary", "role": "student", "org": {"sourcedId": "o"}, "beginDate": "03/04/2026"}]
    assert streams["users"].edition == order  # set later, it has every record read again
    [person] = streams["users"].map(Fields({"sourcedId": "u", "givenName": "A", "familyName": "B", "roles": roles}))
    assert person.roles[0].begins.isoformat() == role


@pytest.mark.parametrize("date", ["3/4/26", "2026-02-30", "30/30/2026", "soon"])
def test_a_date_of_another_form_is_refused(date):
    with pytest.raises(MappingError, match=f"beginDate.*{date}"):
        only_record("enrollments", {**ENROLLMENT, "beginDate": date})


def test_the_end_is_the_day_before_an_exclusive_end():
    record = only_record("enrollments", {**ENROLLMENT, "beginDate": "2026-08-17", "endDate": "2026-12-19"})
    assert record.ends.isoformat() == "2026-12-18"


def test_an_enrollment_that_ends_before_it_begins_runs_on_no_day_and_says_so():
    record = only_record("enrollments", {**ENROLLMENT, "beginDate": "2026-08-20", "endDate": "2026-08-19"})
    assert (record.begins.isoformat(), record.ends.isoformat()) == ("2026-08-20", "2026-08-18")
    assert record.extensions == {"endDate": "2026-08-19 is before the beginning, 2026-08-20: it never began"}


def test_a_term_that_ends_before_it_begins_is_refused():
    row = {"sourcedId": "t", "title": "Fall", "type": "term", "startDate": "2026-08-17", "endDate": "2026-08-01"}
    with pytest.raises(MappingError, match=r"endDate.*2026-08-01.*before the beginning"):
        only_record("academicSessions", row)


STUDENT = {"sourcedId": "u", "givenName": "Ada", "familyName": "Sample", "role": "student", "orgSourcedIds": "o"}


@pytest.mark.parametrize(
    ("field", "value", "note"),
    [
        ("metadata", [], None),
        ("metadata", ["x"], ("metadata", ["x"])),
        ("metadata", "x", ("metadata", "x")),
        ("agents", [None], ("agents[0]", None)),
        ("agents", "x", ("agents", "x")),
        ("agents", [{"sourcedId": None}, 7], ("agents[1]", 7)),
        ("grades", {"a": 1}, ("grades", "left out: field 'grades': {'a': 1} is not a list of texts")),
        ("userIds", [None], ("userIds[0]", "left out: field 'userIds': None is not like {type, identifier}")),
        ("phone", ["1"], ("phone", "left out: field 'phone': ['1'] is not a text")),
    ],
)
def test_a_side_field_of_a_wrong_shape_costs_itself_and_not_the_student(field, value, note):
    person = only_record("users", {**STUDENT, field: value})
    assert person.names[0].given == "Ada"
    assert person.extensions == ({} if note is None else dict([note]))


@pytest.mark.parametrize("field", ["sourcedId", "identifier", "orgSourcedIds", "userIds"])
def test_an_id_that_a_spreadsheet_has_rounded_is_refused(field):
    value = "{State:6.05E+08}" if field == "userIds" else "6.05E+08"
    with pytest.raises(MappingError, match=rf"{field}.*6.05E\+08.*rounded"):
        only_record("users", {**STUDENT, field: value})


@pytest.mark.parametrize("id_", ["1E05", "12E5", "e-1", "605e8b1c-0000-4000-8000-0000000000e9", "6.05"])
def test_an_id_that_only_looks_like_one_is_read(id_):
    assert only_record("users", {**STUDENT, "sourcedId": id_}).key == id_


def test_an_unknown_code_is_refused_by_name():
    with pytest.raises(MappingError, match=r"'role'.*'wizard'.*is not one of"):
        only_record("enrollments", {**ENROLLMENT, "role": "wizard"})


def test_staff_numbers_are_another_series_than_students():
    row = {
        "sourcedId": "x",
        "givenName": "Tess",
        "familyName": "Sample",
        "role": "teacher",
        "orgSourcedIds": "s",
        "identifier": "1001",
    }
    staff = only_record("users", dict(row))
    student = only_record("users", {**row, "role": "student"})
    number = [(i.type, i.value, i.issuer) for i in staff.identifiers if i.type == "district"]
    assert number == [("district", "1001", "staff")]
    assert staff.identifiers[1] != student.identifiers[1]


def test_a_family_member_is_never_known_by_the_childs_number():
    row = {"sourcedId": "x", "givenName": "Grace", "familyName": "Sample", "role": "parent", "orgSourcedIds": "s"}
    record = only_record("users", {**row, "identifier": "1001", "userIds": "{State:1001}"})
    assert [(i.type, i.value) for i in record.identifiers[1:]] == [("other", "1001"), ("other", "1001")]


def test_a_blank_identifier_is_no_identifier():
    row = {
        "sourcedId": "x",
        "givenName": "Ada",
        "familyName": "Sample",
        "identifier": " ",
        "userIds": [{"type": "State", "identifier": " "}],
    }
    assert [i.type for i in only_record("users", row).identifiers] == ["sourced"]


def test_no_unknown_user_id_type_can_link():
    row = {"sourcedId": "x", "givenName": "Ada", "familyName": "Sample", "userIds": "{LDAP:12},{Fed:23},{SSID:99}"}
    record = only_record("users", row)
    assert [(i.type, i.value) for i in record.identifiers[1:]] == [("other", "12"), ("other", "23"), ("state", "99")]
    assert record.extensions == {"userIds[0].type": "LDAP", "userIds[1].type": "Fed"}


LETTERS = [("90 - 100", "A"), ("80-89", "B"), ("'0'-'79'", "C")]
LOWEST = [("0", "Beginning"), ("2.5", "Proficient"), ("'3.5'", "Advanced")]
WORDS = [("A", "Advanced"), ("B", "4.0")]


@pytest.mark.parametrize(
    ("values", "score", "text", "level"),
    [
        (LETTERS, 90, None, "A"),
        (LETTERS, 89.5, None, None),
        (LETTERS, 0, None, "C"),
        (LETTERS, 12, "a", "A"),
        (LOWEST, 3, None, "Proficient"),
        (LOWEST, 3.5, None, "Advanced"),
        (LOWEST, -1, None, None),
        (LOWEST, None, "proficient", "Proficient"),
        (WORDS, None, "A", "Advanced"),
        (WORDS, None, "B", None),
        (WORDS, 4, None, None),
        (WORDS, 4, "Sick", None),
        ((), 4, "A", None),
    ],
)
def test_what_a_score_is_in_the_words_of_its_scale(
    values: list[tuple[str, str]], score: float | None, text: str | None, level: str | None
) -> None:
    """Of the official document: a value alone begins a range, the ends of a range belong to it; a gap says nothing."""
    assert scale.level(values, score, text) == level


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["itemValueLHS", "itemValueRHS", "x"]), inner),
    )
)
def test_whatever_a_scale_says_is_read(values: Any) -> None:
    pairs = [(left, right) for left, right in scale.sides(values)]
    for score, text in ((5.0, None), (None, "A"), (None, None)):
        level = scale.level(pairs, score, text)
        assert level is None or level in {right for _, right in pairs}
