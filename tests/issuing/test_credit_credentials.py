"""Credit in credentials: what a teacher of record awarded is issued with its amount, and revoked with the award."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from app.db.access import tenants
from app.identity import decisions
from app.issuing import issue as issuing
from app.issuing.batch import issue_batch
from app.issuing.from_credit import awardable
from app.issuing.issue import IssueOptions
from app.records.settle import settle
from app.sharing.readable import readable
from app.wallet.submitted import CLR, OPEN_BADGES, validator
from tests.support import independent
from tests.support.api import Api
from tests.support.competencies import learner, piece  # noqa: F401  (learner is a fixture)
from tests.support.credit import KIM, desk, show, write  # noqa: F401  (desk is a fixture)
from tests.support.frameworks import ROOT, ident
from tests.support.issuing import checked
from tests.support.plans import Desk

WITHDRAWAL = {"teacherOfRecord": KIM, "reason": "It was Ada O'Sample's cousin's work"}
WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def waits(api: Api) -> bool:
    """Whether somebody waits for a lock."""
    async with api.db.connection() as conn:
        return bool(await (await conn.execute(WAITS)).fetchone())


async def award(desk: Desk, of: str, who: str | None = None) -> str:
    body = {"rule": of, "version": 1, "teacherOfRecord": KIM, "note": "After a hard year at home"}
    made = await desk.ask("POST", f"/learners/{who or desk.who}/credits", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def issue(desk: Desk, *items: str, who: str | None = None) -> dict[str, Any]:
    """The learner's record (CLR), or a badge of an item: as it was issued, and valid by the schema and the verifier."""
    order = {"kind": "OpenBadgeCredential", "items": items} if items else {"kind": "ClrCredential"}
    made = await desk.ask("POST", f"/learners/{who or desk.who}/credentials", order)
    assert made.status_code == 201, made.text
    credential: dict[str, Any] = made.json()["credentials"][0]
    document = credential["document"]
    assert list(validator(OPEN_BADGES if items else CLR, loose=not items).iter_errors(document)) == []
    report = await checked(desk.api, document)
    assert report.verdict == "valid", report.as_json()
    return credential


def credit_in(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The credentials inside a record that give credit."""
    inside = record["document"]["credentialSubject"]["verifiableCredential"]
    return [inner for inner in inside if "creditsEarned" in inner["credentialSubject"]]


async def withdraw(desk: Desk, own: str) -> None:
    answer = await desk.ask("POST", f"/credits/{own}/withdrawal", WITHDRAWAL)
    assert answer.status_code == 200, answer.text


async def test_a_record_says_what_credit_was_earned_by_what_and_who_approved_it(desk: Desk) -> None:
    await award(desk, await write(desk, "W.1:Proficient", "W.2", atLeast=1))
    record = await issue(desk)
    (credit,) = credit_in(record)
    subject = credit["credentialSubject"]
    achievement = subject["achievement"]
    assert (subject["creditsEarned"], achievement["creditsAvailable"], achievement["fieldOfStudy"]) == (
        0.5,
        0.5,
        "Technology",
    )
    assert [
        (alignment["targetUrl"], alignment["targetType"], alignment["targetFramework"])
        for alignment in achievement["alignment"]
    ] == [(f"{ROOT}/CFItems/{ident(code)}", "CFItem", "Shop & Studio") for code in ("W.1", "W.2")]
    assert "1 of 2 competencies" in achievement["criteria"]["narrative"]
    assert "W.1 (Proficient); W.2 (mastered)" in achievement["criteria"]["narrative"]
    (result,) = subject["result"]
    scale = achievement["resultDescription"][0]
    assert (result["value"], result["status"], result["resultDescription"]) == ("Proficient", "Completed", scale["id"])
    assert scale["alignment"][0]["targetCode"] == "W.1"
    read = readable(record["document"])
    assert [inner.outcome for inner in read.inside if inner.name == "Shop 1"] == ["0.5 credits"]
    approval, decided = credit["evidence"]
    assert "Kim O'Sample, Shop teacher, approved the credit on" in approval["narrative"]
    assert decided["name"] == "W.1"
    assert "Piece 3" in decided["narrative"]
    page = await desk.api.http.get(achievement["id"].removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200, "what staff wrote for everybody is published"
    assert "Credits available" in page.text
    assert "O'Sample" not in page.text
    for secret in (desk.who, "hard year"):
        assert secret not in json.dumps(credit)


async def test_withdrawn_credit_is_revoked_for_everybody_without_the_reason_and_issued_no_more(desk: Desk) -> None:
    own = await award(desk, await write(desk, "W.1"))
    before = await issue(desk)
    (credit,) = credit_in(before)
    await withdraw(desk, own)
    assert (await checked(desk.api, credit)).verdict == "invalid"
    text = (await desk.api.http.get("/t/sample/revocations")).text
    assert "The credit was withdrawn." in text
    assert "cousin" not in text
    assert credit_in(await issue(desk)) == []
    listed = (await desk.ask("GET", f"/learners/{desk.who}/awardable")).json()["items"]
    assert [row for row in listed if row["item"].startswith("/credits/")] == []


async def test_credit_that_is_withdrawn_while_it_is_issued_does_not_stand(desk: Desk) -> None:
    api, own = desk.api, await award(desk, await write(desk, "W.1"))
    service = api.app.state.service
    record, owner = (
        await issuing.record_of(service, api.tenant, UUID(desk.who)),
        await tenants.by_id(api.db, api.tenant),
    )
    assert owner is not None
    async with api.db.transaction(api.tenant) as tx:
        issuing_context = await issuing.issuing_context(tx, service, owner, IssueOptions("test"))
        items = [item for item in await awardable(tx, issuing_context.issuer.home, record) if item.credits is not None]
        withdrawal = asyncio.create_task(withdraw(desk, own))
        while not (withdrawal.done() or await waits(api)):  # noqa: ASYNC110  the database has no event for it
            await asyncio.sleep(0.01)
        (row,) = await issuing.issue_badges(
            tx, issuing_context, [(issuing.whom(record.header), item) for item in items]
        )
    await withdrawal
    answer = await desk.ask("GET", f"/credentials/{row.id}")
    assert answer.json()["state"] == "revoked"


async def test_a_record_with_credit_verifies_in_the_independent_library(desk: Desk) -> None:
    if reason := independent.unavailable():
        pytest.skip(reason)
    own = await award(desk, await write(desk, "W.1"))
    record = (await issue(desk))["document"]
    http, now = desk.api.http, record["validFrom"]
    controller = (await http.get("/t/sample/did.json")).json()
    method = controller["verificationMethod"][0] | {"@context": "https://w3id.org/security/multikey/v1"}
    with independent.node_process() as node:

        async def valid() -> Any:
            listed = (await http.get("/t/sample/revocations")).json()
            node.give({method["id"]: method, controller["id"]: controller, listed["id"]: listed})
            return [
                node.ask("verify", credential=credential, now=now)
                for credential in (record, *credit_in({"document": record}))
            ]

        assert await valid() == [True, True]
        await withdraw(desk, own)
        assert [verified is True for verified in await valid()] == [True, False]


async def test_of_sensitive_competencies_nothing_is_said(desk: Desk) -> None:
    own = await award(desk, await write(desk, "W.1", "P.1"))
    document = (await issue(desk, f"/credits/{own}"))["document"]
    text = json.dumps(document)
    for secret in ("Shares tools", "P.1", ident("P.1"), "Piece 5"):
        assert secret not in text
    assert "W.1 (mastered); 1 not named here" in text
    assert readable(document).outcome == "0.5 credits"


async def test_credit_had_twice_by_a_merge_is_issued_once_and_the_other_when_that_is_withdrawn(desk: Desk) -> None:
    api = desk.api
    twin = piece("8", "W.1", 9, "home") | {"learner": {"identifiers": [{"type": "district", "value": "200900"}]}}
    await show(desk, twin)
    listed = await api.http.get("/v1/learners", params={"identifier": "district:200900"}, headers=desk.headers)
    other = listed.json()["learners"][0]["id"]
    of = await write(desk, "W.1")
    first, second = await award(desk, of), await award(desk, of, who=other)
    await issue(desk, f"/credits/{second}", who=other)
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT source_id, key FROM person WHERE tenant_id = %s ORDER BY 1, 2", tx.tenant)
        await decisions.link(tx, *[(source, key) for source, key in rows], by="registrar", reason="the same child")
    await settle(api.db, api.tenant)
    assert len(credit_in(await issue(desk))) == 1
    await withdraw(desk, first)
    (left,) = credit_in(await issue(desk))
    await withdraw(desk, second)
    assert (await checked(api, left)).verdict == "invalid"


async def test_a_learner_with_nothing_but_credit_gets_a_record_from_a_batch(desk: Desk) -> None:
    await award(desk, await write(desk, "W.1"))
    order = {"learners": [desk.who]}
    batch = (await desk.ask("POST", "/credentials/batches", order)).json()["id"]
    await issue_batch(desk.api.app.state.service, desk.api.tenant, UUID(batch))
    credentials = (await desk.ask("GET", f"/learners/{desk.who}/credentials")).json()["credentials"]
    assert "Shop 1" in [credential["name"] for credential in credentials]
    assert "ClrCredential" in [credential["kind"] for credential in credentials]


def test_a_course_that_parts_belong_to_is_not_the_whole_record() -> None:
    course = {"type": ["Achievement"], "name": "Algebra", "description": "Algebra (North)", "creditsAvailable": 1}
    whole = readable(
        {"type": ["ClrCredential"], "name": "Learner record", "credentialSubject": {"achievement": [course]}}
    )
    assert (whole.name, whole.description, whole.results) == ("Learner record", None, ())
