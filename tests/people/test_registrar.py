"""The registrar's pages over ASGI: whom they reach, what is whose, twice sent is once done, and what stays hidden."""

from uuid import UUID, uuid4

from app.issuing import batch, ledger
from tests.support.api import Api, bearer
from tests.support.people import Reader, signed_in


async def badge(api: Api, reader: Reader, learner: str) -> UUID:
    """Issue the first thing of a learner's record on the page, and find it."""
    headers = bearer(await api.key())
    (item, *_) = (await api.http.get(f"/v1/learners/{learner}/awardable", headers=headers)).json()["items"]
    path = f"/learners/{learner}/credentials"
    page = await reader.get(path)
    origin = page.text.split('name="item" value="')[1].split('"')[0]
    answer = await reader.send(path, {"item": origin, "kind": "badges"}, page=path)
    assert answer.status_code == 303, answer.text
    (credential, *_) = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=headers)).json()[
        "credentials"
    ]
    assert item["name"] == credential["name"]
    return UUID(credential["id"])


async def test_what_is_issued_twice_is_issued_once_and_whose_it_is_not_cannot_be_revoked(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    other = await api.learner(
        headers, id="other", learner={"identifiers": [{"type": "district", "value": "7"}], "name": {"full": "Bo Else"}}
    )
    registrar = await signed_in(api, "registrar")
    credential = await badge(api, registrar, learner)
    elsewhere = f"/learners/{other}/credentials/{credential}/revoke"
    assert (await registrar.get(elsewhere)).status_code == 404
    assert (await registrar.send(elsewhere, {"reason": "Mine"}, page="/issuers")).status_code == 404
    own = f"/learners/{learner}/credentials/{credential}/revoke"
    assert (await registrar.send(own, {"reason": " "}, page=own)).status_code == 422
    assert (await registrar.send(own, {"reason": "In error"}, page=own)).status_code == 303
    assert (await registrar.send(own, {"reason": "Again"}, page=own)).status_code == 303
    stated = (await api.http.get(f"/v1/credentials/{credential}", headers=headers)).json()
    assert (stated["state"], stated["reason"]) == ("revoked", "In error")
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await ledger.issued_to(tx, [UUID(learner)])
    who = row.changed_by
    assert who == f"account {registrar.account}"


async def test_a_guardian_sees_the_badges_of_their_child_and_issues_none(api: Api) -> None:
    learner = await api.learner(await api.pusher())
    guardian = await signed_in(api, "guardian", learner=UUID(learner))
    page = await guardian.get(f"/learners/{learner}/credentials")
    assert page.status_code == 200
    assert 'name="item"' not in page.text
    sent = await guardian.send(f"/learners/{learner}/credentials", {"kind": "record"}, page=f"/mine/{learner}/badges")
    assert sent.status_code == 403


async def test_a_program_s_coordinator_issues_to_its_learners_and_to_no_class(api: Api) -> None:
    source = await api.source()
    learner = await api.learner(bearer(await api.key(source=source)))
    coordinator = await signed_in(api, "coordinator", "teacher", source=source)
    await badge(api, coordinator, learner)
    listed = await coordinator.get("/credentials")
    assert f"/learners/{learner}/credentials" in listed.text
    for address in ("/credentials/classes", f"/classes/{source}/x/credentials", f"/credentials/batches/{uuid4()}"):
        assert (await coordinator.get(address)).status_code == 403, address
    stranger = await signed_in(api, "coordinator", source=source + 1)
    assert f"/learners/{learner}/" not in (await stranger.get("/credentials")).text


async def test_a_batch_is_asked_for_once_by_its_id(api: Api) -> None:
    learner = await api.learner(await api.pusher())
    order, own = batch.BatchOrder(learners=[UUID(learner)]), uuid4()
    for _ in range(2):
        async with api.db.transaction(api.tenant) as tx:
            assert (await batch.order_batch(tx, order, "a test", own)).id == own
    async with api.db.transaction(api.tenant) as tx:
        assert [row.id for row in await ledger.batches(tx)] == [own]
        jobs = await tx.rows("SELECT args FROM procrastinate_jobs")
    assert sum(str(own) in str(args) for (args,) in jobs) == 1
