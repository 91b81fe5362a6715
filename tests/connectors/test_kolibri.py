"""The Kolibri connector against recorded answers of Kolibri 0.19.5, and against what such a server may do wrong."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import MappingError, RightsLacking, SourceDenied, Unavailable
from connectors.fields import Fields
from connectors.kolibri import connector
from tests.support.kolibri_server import KolibriServer
from tests.support.pulled import JSON, expected, fixture, mapped_pages, pages, raws, stream_of

BASE = "https://kolibri.example.org"
NAMES = [stream.name for stream in connector.streams]


@pytest.fixture
def server() -> Iterator[KolibriServer]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        made = KolibriServer()
        router.route().mock(side_effect=made)
        yield made


@pytest.fixture
async def http(server: KolibriServer) -> AsyncIterator[httpx.AsyncClient]:
    async with client("open sesame") as opened:
        yield opened


def client(password: str) -> httpx.AsyncClient:
    assert connector.client is not None
    return connector.client(
        connector.settings.model_validate({"base_url": BASE, "username": "admin", "password": password})
    )


@pytest.mark.parametrize("name", NAMES)
async def test_recorded_answers_say_the_golden_records_twice(name: str, http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, name)
    answers = await pages(stream, http)
    first, left = mapped_pages(stream, answers)
    assert first == expected(connector, name)
    assert left == {}
    assert mapped_pages(stream, answers)[0] == first
    assert not [reject for page in answers for reject in page.rejects]


@pytest.mark.parametrize("name", NAMES)
async def test_keys_identify_records(name: str, http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, name)
    keys = [tuple(raw[part] for part in stream.key) for raw in raws(await pages(stream, http))]
    assert all(all(key) for key in keys)
    assert len(set(keys)) == len(keys) > 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_lost_session_is_not_an_empty_school(name: str, http: httpx.AsyncClient, server: KolibriServer) -> None:
    server.signed_in = False
    with pytest.raises(Unavailable, match="ended the session"):
        await pages(stream_of(connector, name), http)


async def test_wrong_password_is_denied(server: KolibriServer) -> None:
    assert connector.check is not None
    async with client("wrong") as http:
        with pytest.raises(SourceDenied, match="credentials are refused"):
            await connector.check(http)


async def test_check_names_the_facilities(http: httpx.AsyncClient) -> None:
    assert connector.check is not None
    assert await connector.check(http) == "signed in; facilities: Sample School"


async def test_tries_resume_after_the_last_account(http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, "mastery_logs")
    whole = await pages(stream, http)
    resumed = await pages(stream, http, whole[1].cursor)
    assert raws(resumed) == raws(whole[2:])
    assert raws(await pages(stream, http, whole[-1].cursor)) == raws(whole)


async def test_every_try_is_asked_for_by_account_and_by_content_once(
    http: httpx.AsyncClient, server: KolibriServer
) -> None:
    await pages(stream_of(connector, "mastery_logs"), http)
    tries = [url for url in server.asked if "masterylog" in url]
    accounts, contents = 6, 4 + 1  # of the fixtures: accounts with a deleted one; exercises practiced, and the exam
    assert len(tries) == len(set(tries)) == accounts + contents


@pytest.mark.parametrize(
    ("exam", "withheld"),
    [
        ({"instant_report_visibility": False}, True),
        ({"instant_report_visibility": False, "archive": True}, False),
        ({"instant_report_visibility": None}, False),
        ({}, False),
    ],
)
async def test_how_a_quiz_went_is_told_once_its_learners_see_it(
    exam: dict[str, Any], withheld: bool, http: httpx.AsyncClient, server: KolibriServer
) -> None:
    server.exam = exam
    stream = stream_of(connector, "mastery_logs")
    mapped = [result for raw in raws(await pages(stream, http)) for result in stream.map(Fields(raw))]
    quiz = [result for result in mapped if result.line_item == "f4d3822ba7b9f2839fbdf8fc752d7220"]
    assert {result.score for result in quiz} == ({None} if withheld else {4.0})
    assert {result.status for result in quiz} <= (
        {"submitted", None} if withheld else {"fully graded", "partially graded"}
    )
    assert all(result.score is not None for result in mapped if result not in quiz), "the others are as they were"


async def test_an_export_is_waited_for(http: httpx.AsyncClient, server: KolibriServer) -> None:
    server.task = ["QUEUED", "RUNNING", "COMPLETED"]
    assert len(raws(await pages(stream_of(connector, "summary_logs"), http))) == 15


async def test_a_failed_export_is_told(http: httpx.AsyncClient, server: KolibriServer) -> None:
    server.task = ["FAILED"]
    with pytest.raises(Unavailable, match=r"export of facility 18a1.* is failed: look at its task 7264"):
        await pages(stream_of(connector, "summary_logs"), http)


async def test_an_export_that_is_refused_is_told(http: httpx.AsyncClient, server: KolibriServer) -> None:
    server.refusal = httpx.Response(400, json=[{"id": "INVALID"}])
    with pytest.raises(Unavailable, match=r"will not export the summary logs of facility 18a1.*: 400"):
        await pages(stream_of(connector, "summary_logs"), http)
    server.refusal = httpx.Response(403, json={"detail": "not permitted"})
    with pytest.raises(RightsLacking, match="not permitted"):
        await pages(stream_of(connector, "summary_logs"), http)


async def test_a_run_has_the_export_written_once(http: httpx.AsyncClient, server: KolibriServer) -> None:
    for name in ("summary_logs", "mastery_logs"):
        assert raws(await pages(stream_of(connector, name), http))
    assert len([path for path in server.asked if "downloadcsvfile" in path]) == 1


async def test_a_username_of_two_accounts_gives_nobody_a_log(http: httpx.AsyncClient, server: KolibriServer) -> None:
    server.renamed = {"learner2": "learner1"}
    answers = await pages(stream_of(connector, "summary_logs"), http)
    reasons = [reject.reason for page in answers for reject in page.rejects]
    assert len([reason for reason in reasons if "of several accounts" in reason]) == 3
    assert len([reason for reason in reasons if "no account has the username 'learner2'" in reason]) == 6
    assert len(raws(answers)) == 6


def test_a_year_not_told_is_no_year() -> None:
    raw = {"id": "a1", "username": "ada", "facility": "f1"}
    for untold in ("", "DEFERRED", "NOT_SPECIFIED"):
        (person,) = stream_of(connector, "accounts").map(Fields({**raw, "birth_year": untold}))
        assert person.birth_year is None
    with pytest.raises(MappingError, match=r"birth_year.*'12'"):
        list(stream_of(connector, "accounts").map(Fields({**raw, "birth_year": "12"})))


@pytest.mark.parametrize(
    ("criterion", "method", "passed"),
    [
        ({"type": "m_of_n", "m": 3, "n": 5}, "adaptive", True),
        ({"type": "num_correct_in_a_row_5"}, "adaptive", True),
        ({"type": "do_all"}, "formative", None),
        ({"type": "quiz", "coach_assigned": True}, "summative", None),
        ({"type": "pre_post_test", "test_type": "pre", "version": "A"}, "diagnostic", None),
        ({}, None, None),
    ],
)
def test_a_complete_try_is_mastery_only_where_answers_must_be_right(
    criterion: dict[str, Any], method: str | None, passed: bool | None
) -> None:
    raw = msgspec.json.decode(fixture(connector, "mastery_logs"))[0]
    raw["log"] |= {"mastery_criterion": criterion, "complete": True}
    fields = Fields(raw)
    (result,) = stream_of(connector, "mastery_logs").map(fields)
    assert (result.method, result.passed) == (method, passed)
    assert not list(fields.left())


@given(st.sampled_from(NAMES), st.data())
def test_no_record_breaks_the_mapping(name: str, data: st.DataObject) -> None:
    """Any values in the fields a mapping reads: it maps, or says why not."""
    stream = stream_of(connector, name)
    known = KNOWN[name]
    raw = data.draw(st.dictionaries(st.sampled_from(known) | st.text(max_size=8), JSON, max_size=len(known)))
    with suppress(MappingError):
        list(stream.map(Fields(raw)))


def _known(name: str) -> list[str]:
    if name == "summary_logs":
        header = fixture(connector, name, "page.csv").decode("utf-8-sig").splitlines()[0]
        return ["user", *header.split(",")]
    body = msgspec.json.decode(fixture(connector, name))
    return list((body["results"] if isinstance(body, dict) else body)[0])


KNOWN = {name: _known(name) for name in NAMES}
