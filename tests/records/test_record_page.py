"""The record page: whoever has the link sees one learner's record, until the link expires; and nobody anything else."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.db.sharing import record_links
from app.db.sharing.record_links import RecordLinkRow
from app.errors import NotFound
from app.records.settle import settle
from app.secrets import Vault
from app.sharing.record_links import BadLink, Link, create_link, read, signed
from app.start import Service
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import PUSHED, learner, piece  # noqa: F401  (learner is a fixture)

VAULT = Vault(b"k" * 32)
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
LINK = Link(7, UUID(int=1), "the family", NOW + timedelta(days=7), UUID(int=2))


def test_a_link_says_what_was_signed_and_works_until_it_expires() -> None:
    text = signed(VAULT, LINK)
    assert read(VAULT, text, NOW) == LINK
    with pytest.raises(BadLink, match="worked until 2026-11-08"):
        read(VAULT, text, NOW + timedelta(days=8))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-2] + ("AA" if text[-2:] != "AA" else "BB"),
        lambda text: text.split(".")[0] + "." + text.split(".")[1] + ".",
        lambda text: "eyJhbGciOiJub25lIn0." + text.split(".")[1] + ".",
        lambda text: text + "x" * 3000,
        lambda _: "",
        lambda _: signed(Vault(b"o" * 32), LINK),
    ],
)
def test_a_changed_link_is_no_link(change: Any) -> None:
    with pytest.raises(BadLink, match="not complete"):
        read(VAULT, change(signed(VAULT, LINK)), NOW)


def _service(app: FastAPI) -> Service:
    service: Service = app.state.service
    return service


async def new_link(api: Api, who: str) -> str:
    """A new link to a learner's page."""
    headers = bearer(await api.key("shares.manage"))
    made = await api.http.post(f"/v1/learners/{who}/record-link", json={"reader": "the family"}, headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["url"])


async def test_the_page_shows_profile_evidence_and_sources(api: Api, learner: Any) -> None:
    who, headers = learner
    order = {"reader": "the family of Ada Sample", "days": 3}
    made = await api.http.post(f"/v1/learners/{who}/record-link", json=order, headers=headers)
    assert made.status_code == 201, made.text
    page = await api.http.get(made.json()["url"])
    assert page.status_code == 200
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    words = page.text
    for phrase in (
        "Learner record for the family of Ada Sample",
        "Piece 2",
        "after school",
        "Decided the level",
        "Wood",
    ):
        assert phrase in words
    assert "Shares tools" not in words, "what is sensitive stays inside"
    assert "<script" not in words
    assert not re.findall(r'(?:src|href)="(?!/|#)[^"]', words), "nothing comes from elsewhere"
    assert not re.search(r"\sstyle=", words), "the policy forbids inline styles"


async def test_what_a_source_says_is_escaped(api: Api, learner: Any) -> None:
    who, headers = learner
    nasty = piece("7", "W.1", 9, "in-school") | {"name": "<img src=x onerror=alert(1)>", "narrative": "<b>bold</b>"}
    await api.http.post("/v1/evidence", json=[nasty], headers=headers)
    await settle(api.db, api.tenant)
    words = (await api.http.get(await new_link(api, who))).text
    assert "<img src=x" not in words
    assert "&lt;img src=x" in words


async def test_a_link_opens_nothing_else(api: Api, learner: Any) -> None:
    who, _ = learner
    vault, later = _service(api.app).vault, datetime.now(UTC) + timedelta(days=1)
    known = read(vault, (await new_link(api, who)).rpartition("/")[2], NOW).id
    async with api.db.transaction(api.other) as tx:
        with pytest.raises(NotFound):
            await create_link(tx, vault, UUID(who), "x", 1, "test")
        theirs = RecordLinkRow(uuid4(), UUID(who), "x", "test", datetime.now(UTC), later)
        await record_links.add(tx, theirs)
    for link, words in (
        (Link(api.other, UUID(who), "x", later, theirs.id), "no record here"),
        (Link(api.other, UUID(who), "x", later, known), "not complete"),
        (Link(api.tenant, uuid4(), "x", later, known), "not complete"),
        (Link(api.tenant, UUID(who), "x", later, uuid4()), "not complete"),
    ):
        answer = await api.http.get(f"/record/{signed(vault, link)}")
        assert (answer.status_code, words in answer.text) == (404, True)
    assert (await api.http.get("/record/nonsense")).status_code == 404
    text = signed(vault, Link(api.tenant, UUID(who), "x", later, known))
    problem_of(await api.http.get(f"/v1/learners/{who}", headers={"Authorization": f"Bearer {text}"}), 401)


async def test_a_link_that_is_taken_back_shows_nothing_and_says_so(api: Api, learner: Any) -> None:
    who, headers = learner
    url, other = await new_link(api, who), await new_link(api, who)
    [other_id, link] = [
        record_link["id"]
        for record_link in (await api.http.get(f"/v1/learners/{who}/record-links", headers=headers)).json()["links"]
    ]
    stranger = bearer(await api.key(tenant=api.other))
    problem_of(await api.http.delete(f"/v1/record-links/{link}", headers=stranger), 404)
    problem_of(await api.http.get(f"/v1/learners/{who}/record-links", headers=stranger), 404)
    reader = bearer(await api.key("learners.read"))
    problem_of(await api.http.delete(f"/v1/record-links/{link}", headers=reader), 403)
    assert (await api.http.get(url)).status_code == 200
    assert (await api.http.delete(f"/v1/record-links/{link}", headers=headers)).status_code == 204
    problem_of(await api.http.delete(f"/v1/record-links/{link}", headers=headers), 404)
    gone = await api.http.get(url)
    assert (gone.status_code, "was taken back" in gone.text, "Piece 2" in gone.text) == (404, True, False)
    assert (await api.http.get(other)).status_code == 200
    links = (await api.http.get(f"/v1/learners/{who}/record-links", headers=headers)).json()["links"]
    assert [(record_link["id"], record_link["reader"], bool(record_link["revokedAt"])) for record_link in links] == [
        (other_id, "the family", False),
        (link, "the family", True),
    ]


async def test_every_look_is_in_the_disclosure_log_and_no_look_that_failed(api: Api, learner: Any) -> None:
    who, headers = learner
    url = await new_link(api, who)
    await api.http.get(url)
    await api.http.get(url)
    await api.http.get(url + "x")
    answer = await api.http.get(f"/v1/learners/{who}/disclosures", headers=headers)
    looks = answer.json()["disclosures"]
    assert [(look["party"], look["purpose"], look["items"]) for look in looks] == [
        ("the family", "record page", ["record"])
    ] * 2
    [link] = (await api.http.get(f"/v1/learners/{who}/record-links", headers=headers)).json()["links"]
    assert {look["via"] for look in looks} == {f"record link {link['id']}"}


async def test_what_is_sensitive_is_nowhere_on_the_page(api: Api, learner: Any) -> None:
    """Neither the competency nor what was shown of it alone; what was also shown of another competency stays."""
    who, headers = learner
    both = piece("8", "P.1", 9, "in-school") | {"alignments": [{"code": "P.1"}, {"code": "W.1"}]}
    await api.http.post("/v1/evidence", json=[both], headers=headers)
    await settle(api.db, api.tenant)
    words = (await api.http.get(await new_link(api, who))).text
    assert "Shares tools" not in words
    assert "P.1" not in words
    assert "Piece 5" not in words, "it was shown of nothing else"
    assert "Piece 8" in words


async def test_the_record_as_it_was_on_a_day_and_by_what_was_known(api: Api, learner: Any) -> None:
    """A form with two days, without a script: what is dated later, or came later, is not there."""
    who, _ = learner
    link = await new_link(api, who)
    today = await api.http.get(f"{link}/then")
    assert today.status_code == 200
    assert '<input type="date" id="on" name="on" value="">' in today.text
    assert f'action="/record/{link.rpartition("/")[2]}/then"' in today.text
    count = today.text.count("<li>")
    assert count > 0
    early = await api.http.get(f"{link}/then", params={"on": "1999-01-01"})
    assert 0 <= early.text.count("<li>") < count
    unknown = await api.http.get(f"{link}/then", params={"known": "1999-01-01"})
    assert unknown.text.count("<li>") == 0
    wrong = await api.http.get(f"{link}/then", params={"on": "<b>soon"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;soon" in wrong.text
    assert (await api.http.get("/record/nothing/then")).status_code == 404
