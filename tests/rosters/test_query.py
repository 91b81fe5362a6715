"""`filter`, `sort`, `fields`, paging: each as the standard has it, and each wrong one told in its words."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.db.rosters.conditions import Comparison, Every, Some
from app.rosters.fields import fields
from app.rosters.filter import Unfilterable, parse
from tests.support.rosters import GRADEBOOK, Provider

USERS = fields("users")


FOUND = (
    ("givenName='Ada'", {"Ada"}),
    ("givenname = 'ADA'", {"Ada"}),
    ("givenName!='Ada'", {"Ben", "Cai", "Tess", "Pat"}),
    ("familyName='Sample-O''Neil'", {"Ben"}),
    ("familyName='Sample-O\\'Neil'", {"Ben"}),
    ("familyName~'sample'", {"Ada", "Ben", "Pat"}),
    ("familyName>'Sample' AND familyName<='Teacher'", {"Ben", "Tess"}),
    ("email='ben@harbor.example'", {"Ben"}),
    ("email!='ben@harbor.example'", {"Ada", "Cai", "Tess", "Pat"}),
    ("roles.role='teacher' OR roles.role='parent'", {"Tess", "Pat"}),
    ("roles.role!='student'", {"Tess", "Pat"}),
    ("roles.role='student' AND givenName='Ada' OR givenName='Tess'", {"Ada", "Tess"}),
    ("roles.role='student' AND (givenName='Ada' OR givenName='Tess')", {"Ada"}),
    ("grades='09'", {"Ada"}),
    ("grades='10,09'", {"Ben"}),
    ("grades~'10'", {"Ben"}),
    ("grades>'09'", {"Ben"}),
    ("userIds.identifier='S1001'", {"Ada"}),
    ("status='active'", {"Ada", "Ben", "Cai", "Tess", "Pat"}),
    ("status='tobedeleted'", set()),
    ("status!='tobedeleted' AND givenName~'a'", {"Ada", "Cai", "Pat"}),
    ("dateLastModified>'2026-01-01'", {"Ada", "Ben", "Cai", "Tess", "Pat"}),
    ("dateLastModified<'2026-01-01T00:00:00+02:00'", set()),
    ("preferredFirstName='addie'", {"Ada"}),
    ("primaryOrg.type='org'", {"Ada"}),
    ("enabledUser='false'", set()),
    (" ", {"Ada", "Ben", "Cai", "Tess", "Pat"}),
)


async def test_a_filter_finds_what_it_says(provider: Provider) -> None:
    for text, names in FOUND:
        assert {each["givenName"] for each in await provider.list("/users", filter=text)} == names, text


async def test_filters_of_numbers_times_ids_and_references(provider: Provider) -> None:
    async def total(path: str, filter: str) -> int:
        answer = await provider.get(path, filter=filter, limit=1)
        assert answer.status_code == 200, answer.text
        return int(answer.headers["X-Total-Count"])

    classes = await provider.ids("classes")
    assert await total(f"{GRADEBOOK}/results", "score>'8.5'") == 1
    assert await total(f"{GRADEBOOK}/results", "score>='8.50'") == 2
    assert await total(f"{GRADEBOOK}/results", "score~'8.5'") == 1
    assert await total(f"{GRADEBOOK}/results", "scoreDate='2026-09-05'") == 2
    assert await total(f"{GRADEBOOK}/lineItems", "dueDate<'2026-09-04T02:00:00+01:00'") == 1
    assert await total(f"{GRADEBOOK}/lineItems", "dueDate<'2026-09-04'") == 0
    assert await total(f"{GRADEBOOK}/lineItems", "learningObjectiveSet.source='case'") == 1
    assert await total("/enrollments", f"class.sourcedId='{classes['Algebra 1-1'].upper()}'") == 3
    assert await total("/classes", f"sourcedId='{classes['Homeroom 7B']}'") == 1
    assert await total("/classes", "terms.sourcedId~'-'") == 2


REFUSED = (
    "()",
    "nobody='x'",
    "givenName",
    "givenName='x",
    "givenName=Ada",
    "givenName='a' givenName='b'",
    "givenName='a' AND",
    "(givenName='a'",
    "givenName='a')",
    "status='gone'",
    "status>'active'",
    "dateLastModified>'yesterday'",
    "dateLastModified~'2026'",
    "metadata.secret='x'",
    "(" * 60 + "givenName='a'" + ")" * 60,
    " OR ".join(["givenName='a'"] * 51),
    "givenName='" + "x" * 5000 + "'",
    "givenName='\x00'",
)


async def test_a_filter_that_cannot_be_followed_is_told(provider: Provider) -> None:
    for text in REFUSED:
        answer = await provider.get("/users", filter=text)
        assert answer.status_code == 400, text
        body = answer.json()
        assert (body["imsx_codeMajor"], body["imsx_severity"]) == ("failure", "error")
        (minor,) = body["imsx_CodeMinor"]["imsx_codeMinorField"]
        assert minor["imsx_codeMinorFieldValue"] == "invalid_filter_field"


async def test_a_number_is_compared_with_numbers(provider: Provider) -> None:
    assert (await provider.get(f"{GRADEBOOK}/results", filter="score>'high'")).status_code == 400


@given(st.text(max_size=60), st.sampled_from(["=", "!=", ">", ">=", "<", "<=", "~"]))
def test_any_text_is_a_value(value: str, operator: str) -> None:
    text = value.replace("\\", "\\\\").replace("'", "''").replace("\x00", "")
    condition = parse(f"givenName{operator}'{text}'", USERS)
    assert condition == Comparison(USERS["givenname"], operator, value.replace("\x00", ""))  # type: ignore[arg-type]


@given(st.text(alphabet="gN='()~ ANDOR<>!x", max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(Unfilterable):
        parse(text, USERS)


def test_and_binds_closer_than_or() -> None:
    either = parse("givenName='a' AND familyName='b' OR givenName='c'", USERS)
    assert isinstance(either, Some)
    assert isinstance(either.parts[0], Every)
    assert parse("(givenName='a') and ((familyName='b' or givenName='c'))", USERS) != either


async def test_pages_hold_everything_once_and_name_each_other(provider: Provider) -> None:
    first = await provider.get("/users", limit=2)
    assert first.headers["X-Total-Count"] == "5"
    seen, answer = [], first
    for _ in range(4):
        seen += [each["sourcedId"] for each in answer.json()["users"]]
        if "next" not in answer.links:
            break
        answer = await provider.api.http.get(answer.links["next"]["url"], headers=provider.headers)
    assert len(seen) == len(set(seen)) == 5
    assert {"first", "last", "next"} == set(first.links)
    assert {"first", "last", "prev"} == set(answer.links)
    beyond = await provider.get("/users", offset=100)
    assert beyond.json() == {"users": []}
    assert beyond.headers["X-Total-Count"] == "5"


async def test_a_page_that_cannot_be_asked_for_is_told(provider: Provider) -> None:
    wrong: tuple[dict[str, object], ...] = (
        {"limit": 0},
        {"limit": "x"},
        {"offset": -1},
        {"orderBy": "up"},
        {"limit": 2**40},
    )
    for query in wrong:
        answer = await provider.get("/users", **query)
        assert answer.status_code == 422, query
        (minor,) = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"]
        assert minor["imsx_codeMinorFieldValue"] == "invaliddata"


async def test_sorting(provider: Provider) -> None:
    async def names(**query: str) -> list[str]:
        return [each["givenName"] for each in await provider.list("/users", **query)]

    assert await names(sort="givenName") == ["Ada", "Ben", "Cai", "Pat", "Tess"]
    assert await names(sort="givenName", orderBy="desc") == ["Tess", "Pat", "Cai", "Ben", "Ada"]
    assert (await names(sort="email"))[:3] == ["Ben", "Ada", "Tess"]  # B before a: the order of Unicode
    assert len(await names(sort="nobody")) == 5  # as if it had not been asked
    assert len(await names(sort="dateLastModified", orderBy="desc")) == 5
    scores = await provider.list(f"{GRADEBOOK}/results", sort="score", orderBy="desc")
    assert [each["score"] for each in scores] == [10, 8.5]


async def test_fields_are_chosen(provider: Provider) -> None:
    assert await provider.list("/users", fields="givenName", filter="givenName='Ada'") == [{"givenName": "Ada"}]
    (two,) = await provider.list("/users", fields=["givenName", "sourcedid"], filter="givenName='Ada'")
    assert set(two) == {"givenName", "sourcedId"}
    ada = two["sourcedId"]
    answer = await provider.get(f"/users/{ada}", fields="givenName,familyName")
    assert answer.json() == {"user": {"givenName": "Ada", "familyName": "Sample"}}
    refused = await provider.get("/users", fields="shoeSize")
    assert refused.status_code == 400
    assert "invalid_selection_field" in refused.text


async def test_a_delta_is_what_has_changed_since(provider: Provider) -> None:
    rows = await provider.list("/users", sort="dateLastModified", orderBy="desc")
    newest = datetime.fromisoformat(rows[0]["dateLastModified"])
    assert await provider.list("/users", filter=f"dateLastModified>'{rows[0]['dateLastModified']}'") == []
    before = (newest - timedelta(milliseconds=1)).astimezone(UTC).isoformat()
    assert len(await provider.list("/users", filter=f"dateLastModified>'{before}'")) == 5
