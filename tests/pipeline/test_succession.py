"""A source's key of one child that becomes another child's: neither is ever shown the other's."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.identity import decisions
from app.matching.apart import PersonFacts, PersonRef, TypedId
from app.matching.replaced import became_another
from app.pipeline.replay import replay
from tests.support.ben import ADA, BEN, TUESDAY, WEDNESDAY, ben, demographics
from tests.support.district import MORNING, District, enrollment, user

ZOE: dict[str, Any] = user("u-1", "Zoe", "Other", identifier="555001", username="zoe", grades=["03"])


async def two(district: District, bens: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The records of Ben, under the id he always had, and of Zoe."""
    await district.settle()
    records = await district.records()
    [zoe] = [r for r in records.values() if r["names"][0]["given"] == "Zoe"]
    assert len(records) == 3
    assert zoe["id"] != bens
    return records[bens], zoe


def check(ben: dict[str, Any], zoe: dict[str, Any]) -> None:
    """Ben's record says what it said, of the past; Zoe's nothing of Ben's."""
    assert [name["value"] for name in ben["names"]] == ["Ben Family1"]
    assert [birth["value"] for birth in ben["birthDates"]] == ["2011-02-02"]
    assert [e["class"]["key"] for e in ben["enrollments"]] == ["algebra"]
    assert [(g["value"], "ends" in g) for g in ben["grades"]] == [("08", True)]
    assert [name["value"] for name in zoe["names"]] == ["Zoe Other"]
    assert [birth["value"] for birth in zoe["birthDates"]] == ["2016-01-01"]
    assert [e["class"]["key"] for e in zoe["enrollments"]] == ["drawing"]
    assert {i["value"] for i in zoe["identifiers"] if i["type"] != "sourced"} == {"555001", "zoe"}
    assert {i["value"] for i in ben["identifiers"] if i["type"] != "sourced"} == {"100001", "ben"}


STEPS = [
    ("users", [ZOE, ADA]),
    ("demographics", [demographics("u-1", "2016-01-01"), demographics("u-2", "2012-03-03")]),
    ("enrollments", [enrollment("e-9", "u-1", "drawing")]),
]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1), (2, 0, 1)])
async def test_who_gets_a_recycled_key_is_a_learner_of_their_own(district: District, order: tuple[int, ...]) -> None:
    sis, bens = await ben(district)
    run = await district.begin(sis)
    now = datetime.now(tz=MORNING.tzinfo)
    for step, index in enumerate(order):
        await district.take(sis, *STEPS[index], now + timedelta(seconds=step), run=run)
    check(*await two(district, bens))
    before = await district.bytes()
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before
    [match] = [m for m in await district.near_matches() if "u-1" in (m.left_key, m.right_key)]
    assert "has become another person's: name and" in match.reason


@pytest.mark.parametrize(
    "numbers", [{"identifier": "100001"}, {"identifier": "555001", "userMasterIdentifier": "M-1"}], ids=str
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_number_that_is_given_anew_with_the_row_says_nothing(
    district: District, order: tuple[int, int], numbers: dict[str, str]
) -> None:
    """Districts reuse their numbers: name and birth date are both another's, and it is asked whose it is."""
    sis, bens = await ben(district)
    await district.take(sis, "users", [{**BEN, "userMasterIdentifier": "M-1"}], MORNING + timedelta(hours=1))
    await district.settle()
    run = await district.begin(sis)
    now = datetime.now(tz=MORNING.tzinfo)
    overwritten = [("users", [{**ZOE, **numbers}]), STEPS[1]]
    for step, index in enumerate(order):
        await district.take(sis, *overwritten[index], now + timedelta(seconds=step), run=run)
    bens_record, zoe = await two(district, bens)
    assert [name["value"] for name in bens_record["names"]] == ["Ben Family1"]
    assert [birth["value"] for birth in zoe["birthDates"]] == ["2016-01-01"]
    assert [m.judgement for m in await district.near_matches() if "u-1" in (m.left_key, m.right_key)]


async def test_what_comes_later_is_the_second_childs_and_what_was_said_stays_the_firsts(district: District) -> None:
    sis, bens = await ben(district)
    for stream, records in STEPS:
        await district.take(sis, stream, records, TUESDAY)
    later = {"dateLastModified": "2026-09-09T08:00:00.000Z"}
    ended = enrollment("e-1", "u-1", "algebra", endDate="2026-09-05", **later)
    await district.take(sis, "enrollments", [ended, enrollment("e-10", "u-1", "music")], WEDNESDAY)
    await district.take(sis, "users", [{**ZOE, **later, "givenName": "Zoë"}], WEDNESDAY)
    await district.settle()
    records = await district.records()
    [zoe] = [r for r in records.values() if r["names"][0]["given"] == "Zoë"]
    assert sorted(e["class"]["key"] for e in zoe["enrollments"]) == ["drawing", "music"]
    assert [(e["class"]["key"], e["ends"]) for e in records[bens]["enrollments"]] == [("algebra", "2026-09-04")]
    assert len(records) == 3


async def test_an_idle_sync_after_a_succession_rests(district: District) -> None:
    sis, bens = await ben(district)
    for day in (TUESDAY, WEDNESDAY):
        for stream, records in STEPS:
            outcome = await district.listing(sis, stream, records, day, allow_shrink=True)
        check(*await two(district, bens))
    assert (outcome.counts["unchanged"], outcome.counts["absent"]) == (1, 0)


@pytest.mark.parametrize("bare", [True, False])
async def test_a_key_that_was_deleted_and_is_given_to_another_child(district: District, bare: bool) -> None:
    sis, bens = await ben(district)
    deleted = {"status": "tobedeleted", "dateLastModified": "2026-09-02T08:00:00.000Z"}
    await district.take(sis, "users", [{"sourcedId": "u-1", **deleted} if bare else {**BEN, **deleted}], TUESDAY)
    await district.settle()
    for stream, records in STEPS:
        later = [{**r, "dateLastModified": "2026-09-03T08:00:00.000Z"} for r in records]
        await district.take(sis, stream, later, WEDNESDAY)
    old, zoe = await two(district, bens)
    assert ([n["value"] for n in old["names"]], [n["value"] for n in zoe["names"]]) == (["Ben Family1"], ["Zoe Other"])
    assert (old["state"], zoe["state"]) == ("retracted", "current")


async def test_a_teachers_key_that_is_given_to_a_student(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    teaches = [{"roleType": "primary", "role": "teacher", "org": {"sourcedId": "o-1", "type": "org", "href": "x"}}]
    await district.take(sis, "users", [user("p-7", "Grace", "Teacher", roles=teaches, identifier="T-7")], MORNING)
    await district.settle()
    assert await district.records() == {}
    await district.take(sis, "users", [user("p-7", "Zoe", "Other", identifier="555001")], TUESDAY)
    await district.settle()
    [record] = (await district.records()).values()
    assert [name["value"] for name in record["names"]] == ["Zoe Other"]
    assert {i["value"] for i in record["identifiers"]} == {"p-7", "555001"}


async def test_a_third_child_and_a_row_that_was_mended(district: District) -> None:
    sis, bens = await ben(district)
    await district.take(sis, "users", [ZOE], TUESDAY)
    await district.settle()
    await district.take(sis, "users", [user("u-1", "Kim", "Third", identifier="777001")], WEDNESDAY)
    await district.settle()
    names = sorted(r["names"][0]["given"] for r in (await district.records()).values())
    assert names == ["Ada", "Ben", "Kim", "Zoe"]
    await district.take(sis, "users", [BEN], WEDNESDAY + timedelta(days=1))
    await district.settle()
    records = await district.records()
    assert sorted(r["names"][0]["given"] for r in records.values()) == ["Ada", "Ben", "Kim", "Zoe"]
    assert [name["value"] for name in records[bens]["names"]] == ["Ben Family1"]  # his number says that it is he


async def test_a_person_may_say_that_it_was_one_child_all_along(district: District) -> None:
    sis, bens = await ben(district)
    await district.take(sis, "users", [ZOE], TUESDAY)
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        left, right = PersonRef(sis.id, "u-1"), PersonRef(sis.id, "u-1\u20212")
        await decisions.link(tx, left, right, by="a registrar", reason="one child, whose papers came late")
    await district.settle()
    records = await district.records()
    assert len(records) == 2
    assert {n["value"] for n in records[bens]["names"]} == {"Ben Family1", "Zoe Other"}
    await asked_again(district, left, right)
    assert len(await district.records()) == 3


async def asked_again(district: District, left: PersonRef, right: PersonRef) -> None:
    """What was asked of two waits again once a decision is taken back, however often that was changed meanwhile."""
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.unlink(tx, left, right, by="a registrar", reason="two children after all")
    await district.settle()
    assert not await district.near_matches()
    for _ in range(2):
        async with district.db.transaction(district.tenant.id) as tx:
            await decisions.undo(tx, left, right, by="a registrar")
        await district.settle()
        [match] = await district.near_matches()
        assert (match.left_key, match.right_key, match.judgement) == (left.key, right.key, "unsure")


async def test_what_a_person_has_decided_before_is_asked_once_that_is_taken_back(district: District) -> None:
    sis, _ = await ben(district)
    left, right = PersonRef(sis.id, "u-1"), PersonRef(sis.id, "u-1\u20212")
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.unlink(tx, left, right, by="a registrar", reason="whoever comes is another child")
    await district.take(sis, "users", [ZOE], TUESDAY)
    await district.settle()
    assert not await district.near_matches()
    await asked_again(district, left, right)


CORRECTIONS: list[dict[str, Any]] = [
    {"givenName": "Benn"},
    {"givenName": "Benjamin", "familyName": "Family2"},
    {"givenName": "Zoe", "familyName": "Other"},  # a new name; the number is the same
    {"identifier": "100009"},
    {"givenName": "Ben", "familyName": "Other", "identifier": "100009", "username": "bo"},
]


@pytest.mark.parametrize("change", CORRECTIONS, ids=str)
async def test_a_correction_passes(district: District, change: dict[str, Any]) -> None:
    sis, bens = await ben(district)
    outcome = await district.take(sis, "users", [{**BEN, **change}], TUESDAY)
    await district.settle()
    assert (outcome.counts["updated"], len(await district.records())) == (1, 2)
    assert (await district.records())[bens]["names"][0]["given"] == {**BEN, **change}["givenName"]


def who(first: str, number: str | None = None, born: date | None = None) -> PersonFacts:
    ids = frozenset() if number is None else frozenset({TypedId("district", "", number)})
    return PersonFacts(
        PersonRef(1, "x"), 0, ids, frozenset({first}), frozenset() if born is None else frozenset({born})
    )


def account(given_name: str, family: str, username: str | None, email: str | None = None) -> PersonFacts:
    """Somebody as a learning platform tells of them that knows neither birth date nor number."""
    named = (("username", username), ("email", email))
    ids = frozenset(TypedId(kind, "", value) for kind, value in named if value)
    return PersonFacts(
        PersonRef(1, "x"), 0, ids, frozenset({given_name}), frozenset(), frozenset(), frozenset({family})
    )


REUSED = "the whole name and the account's name or address differ"


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (account("zoe", "other", "zoe"), REUSED),  # deleted, and made anew under the same id
        (account("zoe", "other", "zoe", "zoe@example.org"), REUSED),
        (account("zoe", "other", "ben"), None),  # somebody who took another name, and kept the account's
        (account("zoe", "other", "zoe", "ben@example.org"), None),
        (account("zoe", "family1", "zoe", "zoe@example.org"), None),  # of the same family: a chosen name
        (account("zoe", "other", None), None),
    ],
)
def test_an_account_is_another_childs_where_nothing_of_it_is_the_same(now: PersonFacts, reason: str | None) -> None:
    before = account("ben", "family1", "ben", "ben@example.org")
    assert became_another(before, now) == reason
    assert became_another(now, before) == reason


async def test_an_account_that_is_made_anew_for_another_child_shows_nothing_of_the_first(district: District) -> None:
    lms = await district.source("lms", "oneroster")
    await district.take(lms, "users", [user("7", "Ben", "Family1", username="ben", email="ben@example.org")])
    await district.settle()
    renewed = user("7", "Zoe", "Other", username="zoe", email="zoe@example.org")
    await district.take(lms, "users", [{**renewed, "dateLastModified": "2026-09-02T08:00:00.000Z"}], TUESDAY)
    await district.settle()
    names = sorted(name["value"] for record in (await district.records()).values() for name in record["names"])
    assert names == ["Ben Family1", "Zoe Other"]
    (match,) = await district.near_matches()
    assert match.reason.endswith(REUSED)


def canvas_account(name: str, login: str) -> dict[str, Any]:
    first, last = name.split()
    named = {"name": name, "short_name": first, "first_name": first, "last_name": last}
    return {"id": 7, **named, "login_id": login, "email": f"{login}@example.org"}


def moodle_account(name: str, login: str) -> dict[str, Any]:
    first, last = name.split()
    return {"id": 7, "firstname": first, "lastname": last, "fullname": name, "email": f"{login}@example.org"}


def kolibri_account(name: str, login: str) -> dict[str, Any]:
    return {"id": "7", "username": login, "full_name": name, "facility": "f1", "id_number": "", "roles": []}


def canvas_student(course: int) -> dict[str, Any]:
    enrollment = {"type": "StudentEnrollment", "enrollment_state": "active", "role": "StudentEnrollment"}
    return {"id": course, "user_id": 7, "course_id": course, "course_section_id": course, **enrollment}


def moodle_student(course: int) -> dict[str, Any]:
    user = {"id": 7, "fullname": "x", "roles": [{"shortname": "student"}], "groups": []}
    return {"id": f"{course}/7", "course": course, "active": True, "user": user}


def kolibri_student(course: int) -> dict[str, Any]:
    return {"id": f"m{course}", "collection": str(course), "user": "7"}


SIGNED_IN: dict[str, dict[str, Any]] = {
    "canvas": {"token": "t0k3n"},
    "moodle": {"token": "t0k3n"},
    "kolibri": {"username": "admin", "password": "sample"},
}
PLATFORMS: dict[str, Any] = {
    "canvas": ("users", canvas_account, "enrollments", canvas_student),
    "moodle": ("users", moodle_account, "enrollments", moodle_student),
    "kolibri": ("accounts", kolibri_account, "memberships", kolibri_student),
}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_an_account_of_a_platform_that_is_given_to_another_child(district: District, platform: str) -> None:
    accounts, account, places, student = PLATFORMS[platform]
    lms = await district.source("lms", platform, base_url="https://lms.example.org", **SIGNED_IN[platform])
    await district.listing(lms, accounts, [account("Ben Family1", "ben")])
    await district.listing(lms, places, [student(1)])
    await district.settle()
    [bens] = await district.records()
    await district.listing(lms, accounts, [account("Benny Family1", "ben")], TUESDAY)  # a correction
    await district.settle()
    assert list(await district.records()) == [bens]
    await district.listing(lms, accounts, [account("Zoe Other", "zoe")], WEDNESDAY)
    await district.listing(lms, places, [student(1), student(2)], WEDNESDAY)
    await district.settle()
    records = await district.records()
    assert len(records) == 2
    for learner, record in records.items():
        family, course = ("Family1", 1) if learner == bens else ("Other", 2)
        expected = {"1", "2"} if (platform, family) == ("moodle", "Other") else {str(course)}
        assert all(family in name["value"] or " " not in name["value"] for name in record["names"])
        assert {place["class"]["key"] for place in record["enrollments"]} <= expected
        assert record["enrollments"]
    before = await district.bytes()
    await replay(district.db, lms)
    await district.settle()
    assert await district.bytes() == before
    (match,) = await district.near_matches()
    assert match.reason.endswith(REUSED)


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        (who("ben", "1", date(2011, 2, 2)), who("zoe", "2", date(2016, 1, 1)), "name and birth date and number differ"),
        (who("ben", "1"), who("zoe", "2"), "name and number differ"),
        (who("ben", None, date(2011, 2, 2)), who("zoe", None, date(2016, 1, 1)), "name and birth date differ"),
        (who("ben"), who("zoe"), None),
        (who("ben", "1"), who("zoe"), None),
        (who("ben", "1", date(2011, 2, 2)), who("zoe", "1", date(2016, 1, 1)), "name and birth date differ"),
        (who("ben", "1", date(2011, 2, 2)), who("zoe", "2", date(2011, 2, 2)), None),
        (who("ben", "1", date(2011, 2, 2)), who("ben", "2", date(2016, 1, 1)), None),
    ],
)
def test_another_person_is_one_of_whom_all_that_is_told_twice_differs(
    before: PersonFacts, now: PersonFacts, reason: str | None
) -> None:
    assert became_another(before, now) == reason
    assert became_another(now, before) == reason
