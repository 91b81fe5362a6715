"""Issuing of a record: badges and learner records (CLR) that verify, are made once, and can be taken back at once."""

import json
from uuid import uuid4

import pytest

from app.issuing.batch import issue_batch
from app.records.settle import settle
from app.wallet.submitted import CLR, OPEN_BADGES, validator
from tests.support.api import EVIDENCE, Api, bearer, problem_of
from tests.support.issuing import badge, checked


@pytest.mark.parametrize("how", [{}, {"format": "vc+jwt"}, {"format": "vc+jwt", "algorithm": "RS256"}])
async def test_a_badge_of_evidence_verifies_and_names_nobody(api: Api, how: dict[str, str]) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers, **how)
    assert issued["state"] == "active"
    report = await checked(api, issued["document"])
    assert report.verdict == "valid", report.as_json()
    text = json.dumps(report.document)
    for secret in (learner, "Ada", "100482", "ada.sample"):
        assert secret not in text
    assert report.document is not None
    assert list(validator(OPEN_BADGES).iter_errors(report.document)) == []


async def test_a_hashed_address_lets_who_knows_it_see_whose_it_is(api: Api) -> None:
    headers = await api.pusher()
    email = {"type": "email", "value": "ada.sample@example.org"}
    learner = await api.learner(
        headers, learner={**EVIDENCE["learner"], "identifiers": [*EVIDENCE["learner"]["identifiers"], email]}
    )
    document = (await badge(api, learner, headers, hashedEmail=True))["document"]
    (identity,) = document["credentialSubject"]["identifier"]
    assert identity["hashed"] is True
    assert "ada.sample" not in json.dumps(document)


async def test_the_same_is_issued_once_until_it_is_revoked(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    first, second = await badge(api, learner, headers), await badge(api, learner, headers)
    assert first == second
    listed = (await api.http.get(f"/v1/learners/{learner}/awardable", headers=headers)).json()["items"]
    assert listed[0]["issued"] == first["id"]
    url = f"/v1/credentials/{first['id']}/state"
    assert (await api.http.post(url, json={"state": "revoked"}, headers=headers)).status_code == 200
    problem_of(await api.http.post(url, json={"state": "active"}, headers=headers), 409)
    assert (await badge(api, learner, headers))["id"] != first["id"]


async def test_suspended_reinstated_and_revoked_is_seen_by_the_next_who_verifies(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers)
    url = f"/v1/credentials/{issued['id']}/state"
    for state, verdict, word in (
        ("suspended", "invalid", "suspended"),
        ("active", "valid", ""),
        ("revoked", "invalid", "revoked"),
    ):
        answer = await api.http.post(url, json={"state": state, "reason": "A test"}, headers=headers)
        assert answer.json()["state"] == state
        report = await checked(api, issued["document"])
        assert report.verdict == verdict
        assert word in report.summary.lower()
        listed = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=headers)).json()["credentials"]
        assert [row["state"] for row in listed] == [state]
    revoked = (await api.http.get("/t/sample/revocations")).json()["revokedCredential"]
    assert revoked == [{"id": f"urn:uuid:{issued['id']}", "revoked": True, "revocationReason": "A test"}]


async def test_a_bit_in_a_list_of_many_tells_revocation_and_nothing_else(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers, status="BitstringStatusListEntry")
    assert (await checked(api, issued["document"])).verdict == "valid"
    url = f"/v1/credentials/{issued['id']}/state"
    problem_of(await api.http.post(url, json={"state": "suspended"}, headers=headers), 409)
    assert (await api.http.post(url, json={"state": "revoked"}, headers=headers)).status_code == 200
    report = await checked(api, issued["document"])
    assert report.verdict == "invalid"
    assert "revoked" in report.summary


async def test_a_learner_record_holds_signed_badges_and_verifies(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    await api.learner(headers, id="robotics-2", name="A robot that climbs")
    order = {"kind": "ClrCredential"}
    answer = await api.http.post(f"/v1/learners/{learner}/credentials", json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    document = answer.json()["credentials"][0]["document"]
    report = await checked(api, document)
    assert report.verdict == "valid", report.as_json()
    assert len(report.children) == 2
    assert list(validator(CLR).iter_errors(document)) == []
    listed = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=headers)).json()["credentials"]
    assert sorted(row["kind"] for row in listed) == ["ClrCredential", "OpenBadgeCredential", "OpenBadgeCredential"]
    inside = document["credentialSubject"]["verifiableCredential"][0]["id"].removeprefix("urn:uuid:")
    await api.http.post(f"/v1/credentials/{inside}/state", json={"state": "revoked"}, headers=headers)
    assert (await checked(api, document)).verdict == "invalid"


async def test_what_the_record_does_not_hold_is_not_issued(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    url = f"/v1/learners/{learner}/credentials"
    wrong = {"kind": "OpenBadgeCredential", "items": ["/evidence/9"]}
    assert "awardable" in problem_of(await api.http.post(url, json=wrong, headers=headers), 422)["detail"]
    problem_of(await api.http.post(url, json={"kind": "OpenBadgeCredential"}, headers=headers), 422)
    nobody = f"/v1/learners/{uuid4()}/credentials"
    problem_of(await api.http.post(nobody, json={"kind": "ClrCredential"}, headers=headers), 404)


async def test_a_batch_awards_a_program_once_and_goes_on_where_it_was(api: Api) -> None:
    source = await api.source()
    headers = bearer(await api.key(source=source))
    items = [
        {**EVIDENCE, "id": f"e-{n}", "learner": {"identifiers": [{"type": "district", "value": str(n)}]}}
        for n in range(250)
    ]
    assert (await api.http.post("/v1/evidence", json=items, headers=headers)).status_code == 200
    await settle(api.db, api.tenant)
    award = {"name": "Robotics 1", "description": "Robots", "criteria": "Built one.", "tags": ["robots"]}
    answer = await api.http.post("/v1/credentials/batches", json={"award": award, "source": source}, headers=headers)
    assert answer.status_code == 202, answer.text
    batch = answer.json()["id"]
    service = api.app.state.service
    await issue_batch(service, api.tenant, batch)
    done = (await api.http.get(f"/v1/credentials/batches/{batch}", headers=headers)).json()
    assert (done["state"], done["counts"]) == ("done", {"learners": 250, "issued": 250})
    again = (
        await api.http.post("/v1/credentials/batches", json={"award": award, "source": source}, headers=headers)
    ).json()["id"]
    await issue_batch(service, api.tenant, again)
    counts = (await api.http.get(f"/v1/credentials/batches/{again}", headers=headers)).json()["counts"]
    assert counts == {"learners": 250, "had_it": 250}
    lists = (await api.http.get("/t/sample/status/1")).json()
    assert lists["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]


async def test_a_batch_of_learner_records_reaches_each(api: Api) -> None:
    source = await api.source()
    headers = bearer(await api.key(source=source))
    learner = await api.learner(headers)
    answer = await api.http.post("/v1/credentials/batches", json={"learners": [learner, str(uuid4())]}, headers=headers)
    batch = answer.json()["id"]
    await issue_batch(api.app.state.service, api.tenant, batch)
    done = (await api.http.get(f"/v1/credentials/batches/{batch}", headers=headers)).json()
    assert done["counts"] == {"learners": 2, "issued": 1, "without_record": 1}


async def test_what_one_learner_made_is_published_nowhere_and_what_staff_award_is(api: Api) -> None:
    source = await api.source()
    headers = bearer(await api.key(source=source))
    learner = await api.learner(headers)
    document = (await badge(api, learner, headers))["document"]
    assert document["credentialSubject"]["achievement"]["id"].startswith("urn:uuid:")
    award = {"name": "Robotics 1", "description": "Robots", "criteria": "Built one."}
    answer = await api.http.post("/v1/credentials/batches", json={"award": award, "source": source}, headers=headers)
    await issue_batch(api.app.state.service, api.tenant, answer.json()["id"])
    listed = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=headers)).json()["credentials"]
    own = next(row["id"] for row in listed if row["name"] == "Robotics 1")
    awarded = (await api.http.get(f"/v1/credentials/{own}", headers=headers)).json()["document"]
    path = awarded["credentialSubject"]["achievement"]["id"].removeprefix("http://127.0.0.1:8000")
    published = await api.http.get(path, headers={"Accept": "application/json"})
    assert published.json()["name"] == "Robotics 1"
    assert (await api.http.get(path)).headers["content-type"].startswith("text/html")
