"""What a record store answers beside the statements themselves: forms, languages, activities, what points at what."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.xapi_words import canonical, languages
from tests.support.api import Api, bearer, problem_of

STATEMENTS = "/v1/xapi/statements"
VERSION = "X-Experience-API-Version"
QUIZ = "https://lms.example.org/quiz/1"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def statement(**fields: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed", "display": {"en-GB": "passed", "fr": "réussi"}},
        "object": {"id": QUIZ, "definition": {"name": {"en-GB": "Quiz 1"}}},
        **fields,
    }


def about(key: str, verb: str = VOIDED) -> dict[str, Any]:
    return statement(verb={"id": verb}, object={"objectType": "StatementRef", "id": key})


class Sender:
    def __init__(self, api: Api, key: str, version: str = "1.0.3") -> None:
        self.api, self.credentials = api, bearer(key)
        self.headers = {**self.credentials, VERSION: version}

    async def post(self, *statements: dict[str, Any]) -> httpx.Response:
        return await self.api.http.post(STATEMENTS, json=list(statements), headers=self.headers)

    async def get(self, path: str = "statements", **params: str) -> Any:
        answer = await self.api.http.get(f"/v1/xapi/{path}", params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def form(self, path: str, method: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        return await self.api.http.post(f"/v1/xapi/{path}?method={method}", data=fields, headers=headers)


@pytest.fixture
async def sender(api: Api) -> Sender:
    return Sender(api, await api.key(source=await api.source("xapi", "tool")))


async def test_a_form_is_the_request_that_it_stands_for(sender: Sender) -> None:
    sent = statement()
    own = {"Authorization": sender.credentials["Authorization"], VERSION: "1.0.3"}
    stored = await sender.form("statements", "PUT", {**own, "statementId": sent["id"], "content": json.dumps(sent)})
    assert stored.status_code == 204, stored.text
    listed = await sender.form("statements", "get", {"verb": sent["verb"]["id"]}, **sender.headers)
    assert [each["id"] for each in listed.json()["statements"]] == [sent["id"]]

    state = {"activityId": QUIZ, "agent": json.dumps(sent["actor"]), "stateId": "place"}
    written = await sender.form(
        "activities/state", "PUT", {**state, "content": "page 3", "Content-Type": "text/plain"}, **sender.headers
    )
    assert written.status_code == 204, written.text
    read = await sender.form("activities/state", "GET", state, **sender.headers)
    assert (read.text, read.headers["content-type"]) == ("page 3", "text/plain")
    etag = read.headers["etag"]
    stale = await sender.form("activities/state", "DELETE", {**state, "If-Match": '"other"'}, **sender.headers)
    assert stale.status_code == 412
    gone = await sender.form("activities/state", "DELETE", {**state, "If-Match": etag}, **sender.headers)
    assert gone.status_code == 204


@pytest.mark.parametrize(
    ("method", "fields", "headers"),
    [
        ("PUT", {"statementId": "x"}, {VERSION: "1.0.3"}),
        ("PUT&statementId=x", {"content": "{}"}, {VERSION: "1.0.3"}),
        ("GET", {"content": "{}"}, {VERSION: "1.0.3"}),
        ("PATCH", {"content": "{}"}, {VERSION: "1.0.3"}),
        ("GET", {"limit": "1"}, {VERSION: "2.0.0"}),
        ("PUT", {"content": "{}", VERSION: "0.8"}, {}),
        ("POST", {"content": "x" * 1_100_000}, {VERSION: "1.0.3"}),
    ],
)
async def test_what_is_no_such_form_is_refused(
    sender: Sender, method: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    problem_of(await sender.form("statements", method, fields, **sender.credentials, **headers), 400)


async def test_a_form_has_its_own_credentials_or_none(sender: Sender) -> None:
    content = json.dumps(statement())
    assert (await sender.form("statements", "POST", {"content": content}, **{VERSION: "1.0.3"})).status_code == 401


async def test_what_points_at_a_statement_is_asked_for_with_it(sender: Sender) -> None:
    first, other = statement(), statement(object={"id": "https://lms.example.org/quiz/2"})
    voiding, comment = about(first["id"]), about(other["id"], "http://adlnet.gov/expapi/verbs/commented")
    chained, stranger = about(comment["id"], "http://example.org/verbs/liked"), about(str(uuid4()))
    for each in (first, other, voiding, comment, chained, stranger):
        assert (await sender.post(each)).status_code == 200

    async def ids(**params: str) -> list[str]:
        return [each["id"] for each in (await sender.get(**params, ascending="true"))["statements"]]

    assert await ids(activity=QUIZ) == [voiding["id"]]
    assert await ids(activity=other["object"]["id"]) == [other["id"], comment["id"], chained["id"]]
    assert await ids(activity=other["object"]["id"], limit="2") == [other["id"], comment["id"]]
    assert await ids() == [each["id"] for each in (other, voiding, comment, chained, stranger)]


async def test_a_statement_of_an_unknown_verb_is_voided_as_any_other(sender: Sender) -> None:
    unknown = statement(verb={"id": "https://example.org/verbs/unheard-of"})
    await sender.post(unknown)
    assert [each["id"] for each in (await sender.get())["statements"]] == [unknown["id"]]
    voiding = about(unknown["id"])
    await sender.post(voiding)
    assert [each["id"] for each in (await sender.get())["statements"]] == [voiding["id"]]
    assert (await sender.get(voidedStatementId=unknown["id"]))["id"] == unknown["id"]
    pointing = await sender.get(verb=unknown["verb"]["id"])
    assert [each["id"] for each in pointing["statements"]] == [voiding["id"]]


async def test_what_an_activity_is_is_gathered_from_all_that_name_it(sender: Sender) -> None:
    definition = {"type": "http://adlnet.gov/expapi/activities/assessment", "name": {"fr": "Contrôle"}}
    around = {"contextActivities": {"parent": [{"id": QUIZ, "definition": {"description": {"en": "Of unit 1"}}}]}}
    await sender.post(statement())
    await sender.post(statement(object={"id": QUIZ, "definition": definition}))
    await sender.post(statement(object={"id": "https://lms.example.org/question"}, context=around))
    gathered = await sender.get("activities", activityId=QUIZ)
    assert gathered == {
        "objectType": "Activity",
        "id": QUIZ,
        "definition": definition | {"name": {"en-GB": "Quiz 1", "fr": "Contrôle"}, "description": {"en": "Of unit 1"}},
    }
    unknown = await sender.get("activities", activityId="https://lms.example.org/none")
    assert unknown == {"objectType": "Activity", "id": "https://lms.example.org/none"}


async def test_words_are_in_the_language_that_is_asked_for(sender: Sender) -> None:
    sent = statement()
    await sender.post(sent)
    for header, tag in (
        ("fr", "fr"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("en", "en-GB"),
        ("de, *;q=0.1", "en-GB"),
        ("", "en-GB"),
    ):
        sender.headers["Accept-Language"] = header
        answer = await sender.get(statementId=sent["id"], format="canonical")
        assert answer["verb"]["display"] == {tag: sent["verb"]["display"][tag]}, header
        assert (await sender.get(statementId=sent["id"]))["verb"]["display"] == sent["verb"]["display"]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["verb", "object", "objectType", "context", "contextActivities", "definition", "display",
                             "name", "choices", "attachments", "en", "fr"]),
            inner | st.just("SubStatement"), max_size=4),
        max_leaves=12,
    ),
    st.text(max_size=20),
)  # fmt: skip
def test_whatever_was_sent_has_words_in_one_language(sent: Any, header: str) -> None:
    value = {"object": sent, "verb": sent, "context": sent, "attachments": sent}
    tags: Sequence[str] = languages(header)
    once = canonical(value, tags)
    assert canonical(once, tags) == once


async def test_xapi_2_asks_for_more(sender: Sender) -> None:
    newer = Sender(sender.api, sender.credentials["Authorization"].removeprefix("Bearer "), "2.0.0")
    twice = statement()
    assert (await sender.post(twice, twice)).status_code == 200
    problem_of(await newer.post(statement(id=twice["id"]), statement(id=twice["id"])), 400)

    params = {"activityId": QUIZ, "agent": json.dumps(twice["actor"]), "stateId": "place"}

    async def put(of: Sender) -> int:
        answer = await of.api.http.put("/v1/xapi/activities/state", params=params, content=b"3", headers=of.headers)
        return answer.status_code

    assert [await put(newer), await put(newer), await put(sender)] == [204, 409, 204]
    answer = await newer.api.http.get(STATEMENTS, params={"statementId": twice["id"]}, headers=newer.headers)
    assert answer.headers["last-modified"].endswith("GMT")


async def test_durations_are_one_up_to_hundredths_of_a_second(sender: Sender) -> None:
    sent = statement(result={"duration": "PT1H0.1237S"})
    assert (await sender.post(sent)).status_code == 200
    assert (await sender.post({**sent, "result": {"duration": "PT1H0.12S"}})).status_code == 200
    problem_of(await sender.post({**sent, "result": {"duration": "PT1H0.13S"}}), 409)


async def test_a_document_that_says_it_is_json_is_an_object(sender: Sender) -> None:
    params = {"activityId": QUIZ, "profileId": "outline"}
    for content, status in ((b'{"a": 1}[', 400), (b'{"a": 1}', 204)):
        answer = await sender.api.http.post(
            "/v1/xapi/activities/profile",
            params=params,
            content=content,
            headers={**sender.headers, "Content-Type": "application/json"},
        )
        assert answer.status_code == status, answer.text
