"""One odd address costs at most itself: it is written as a URI where credentials want one, and a batch goes on."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import jobs
from app.db import Tx
from app.db.records.packed import packer
from app.records.settle import settle
from schemas.addresses import as_uri, is_web_address
from tests.support.api import EVIDENCE, Api

URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9!$&'()*+,/:;=?@~._-]|%[0-9A-Fa-f]{2}|(?<=//)\[[0-9A-Fa-f:.]+\])*"
    r"(?:#(?:[A-Za-z0-9!$&'()*+,/:;=?@~._-]|%[0-9A-Fa-f]{2})*)?"
)
Spoil = Callable[[Tx, str], Awaitable[None]]
AWARD = {"name": "Helper", "description": "Helps others.", "criteria": "Has helped."}
ODD = ["doc|edit", "{id}", "a\\b", "a^b", 'a"b', "a%zz", "é", "a<b>", "a[0]", "x#y#z", "`"]


@given(st.text(max_size=60).map(lambda text: f"https://drive.example/{text}"))
def test_what_is_written_is_a_uri_and_stays_one(text: str) -> None:
    written = as_uri(text)
    if written is not None:
        assert URI.fullmatch(written), written
        assert as_uri(written) == written


@pytest.mark.parametrize(
    "text", ["https://a.example/b?c=d#e", "urn:uuid:1", "https://a.example/%7Bid%7D", "http://[::1]/x"]
)
def test_what_is_one_already_stays_as_it_is(text: str) -> None:
    assert as_uri(text) == text


@pytest.mark.parametrize(
    "text", ["https://", "ftp://x.example", "https://[x", "https://a.example:port/", "https://a b", "x"]
)
def test_what_is_none_is_not_taken(text: str) -> None:
    assert not is_web_address(text)


def evidence_of(number: int, url: str) -> dict[str, Any]:
    learner = {
        "identifiers": [{"type": "district", "value": f"10048{number}"}],
        "name": {"given": f"Ada {number}", "family": f"Sample {number}"},
    }
    return {**EVIDENCE, "id": f"e-{number}", "learner": learner, "url": f"https://drive.example/{url}"}


async def pushed(api: Api, headers: dict[str, str], items: list[dict[str, Any]]) -> list[str]:
    answer = await api.http.post("/v1/evidence", json=items, headers=headers)
    assert answer.json()["stored"] == len(items), answer.text
    await settle(api.db, api.tenant)
    learners = []
    for item in items:
        value = item["learner"]["identifiers"][0]["value"]
        listed = await api.http.get("/v1/learners", params={"identifier": f"district:{value}"}, headers=headers)
        learners.append(listed.json()["learners"][0]["id"])
    return learners


async def batch(api: Api, headers: dict[str, str], learners: list[str], **more: Any) -> dict[str, Any]:
    answer = await api.http.post("/v1/credentials/batches", json={"learners": learners, **more}, headers=headers)
    assert answer.is_success, answer.text
    await jobs.work(api.app.state.service, wait=False)
    progress = await api.http.get(f"/v1/credentials/batches/{answer.json()['id']}", headers=headers)
    return dict(progress.json())


@pytest.mark.enable_socket
async def test_odd_addresses_are_issued_and_stop_no_batch(api: Api) -> None:
    headers = await api.pusher()
    learners = await pushed(api, headers, [evidence_of(number, url) for number, url in enumerate(ODD)])
    for learner in learners[:2]:
        made = await api.http.post(
            f"/v1/learners/{learner}/credentials", json={"kind": "ClrCredential"}, headers=headers
        )
        assert made.status_code == 201, made.text
    progress = await batch(api, headers, learners)
    assert (progress["state"], progress["counts"]["issued"]) == ("done", len(ODD)), progress


async def spoil_date(tx: Tx, learner: str) -> None:
    """An entry that is read and then makes no sense."""
    rows = await tx.rows("SELECT piece, n, body FROM entry WHERE learner_id = %s", learner)
    assert rows
    for piece, n, body in rows:
        spoiled = body.replace(b"2026-10-03T20:30:00Z", b"when it was done....")
        assert spoiled != body
        await tx.run("UPDATE entry SET body = %s WHERE piece = %s AND n = %s", spoiled, piece, n)


async def spoil_entry(tx: Tx, learner: str) -> None:
    """An entry that cannot be read at all."""
    await tx.run("UPDATE entry SET body = '{' WHERE learner_id = %s", learner)


async def spoil_header(tx: Tx, learner: str) -> None:
    """A header that cannot be read at all."""
    await tx.run("UPDATE learner SET body = %s, general = NULL WHERE id = %s", packer()(b"{"), learner)


@pytest.mark.enable_socket
@pytest.mark.parametrize("spoil", [spoil_date, spoil_entry, spoil_header])
async def test_one_poison_record_costs_its_learner_alone(api: Api, spoil: Spoil) -> None:
    headers = await api.pusher()
    learners = await pushed(api, headers, [evidence_of(number, "x") for number in range(3)])
    async with api.db.transaction(api.tenant) as tx:
        await spoil(tx, learners[1])
    progress = await batch(api, headers, learners)
    assert (progress["state"], progress["counts"]["issued"], progress["counts"]["failed"]) == ("done", 2, 1), progress


@pytest.mark.enable_socket
async def test_one_poison_header_costs_its_learner_alone_of_an_award(api: Api) -> None:
    """Badges with a hashed address are signed one by one, for which each learner's header is read."""
    headers = await api.pusher()
    learners = await pushed(api, headers, [evidence_of(number, "x") for number in range(3)])
    async with api.db.transaction(api.tenant) as tx:
        await spoil_header(tx, learners[1])
    progress = await batch(api, headers, learners, award=AWARD, hashedEmail=True)
    assert (progress["state"], progress["counts"]["issued"], progress["counts"]["failed"]) == ("done", 2, 1), progress
