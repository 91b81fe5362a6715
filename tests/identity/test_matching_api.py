"""Matching by API and command: a source is scored, looked at, and taken back; a labeled file is evaluated."""

from pathlib import Path

import pytest

from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import Invalid
from app.identity import labeled, scored
from app.identity.scored import rematch
from app.matching.evaluate import evaluate
from app.records.settle import settle
from tests.support.api import Api, bearer, names
from tests.support.district import District, user


async def test_a_source_is_scored_and_no_longer(api: Api) -> None:
    headers = await api.pusher()
    await api.learner(headers)
    (source,) = (await api.http.get("/v1/identity/matching", headers=headers)).json()["sources"]
    assert (source["mode"], source["linked"]) == ("off", 0)
    hasty = await api.http.put(f"/v1/identity/matching/{source['source']}", json={"mode": "automatic"}, headers=headers)
    assert (hasty.status_code, "set 'propose' first" in hasty.text) == (409, True)
    for mode in ("propose", "automatic", "off"):
        answer = await api.http.put(f"/v1/identity/matching/{source['source']}", json={"mode": mode}, headers=headers)
        assert answer.status_code == 204, answer.text
        await rematch(api.db, api.tenant, source["source"])
        await settle(api.db, api.tenant)
        listed = (await api.http.get("/v1/identity/matching", headers=headers)).json()["sources"]
        assert names(listed, "mode") == [mode]
    missing = await api.http.put("/v1/identity/matching/77", json={"mode": "propose"}, headers=headers)
    assert missing.status_code == 404
    wrong = await api.http.put(f"/v1/identity/matching/{source['source']}", json={"mode": "guess"}, headers=headers)
    assert wrong.status_code == 422


async def test_the_weights_in_force_are_told(api: Api) -> None:
    headers = await api.pusher()
    await api.learner(headers)
    answer = (await api.http.get("/v1/identity/matching", headers=headers)).json()
    assert (answer["weights"]["version"], answer["weights"]["learnedAt"], answer["weights"]["reason"]) == (
        "shipped",
        None,
        None,
    )
    source = answer["sources"][0]["source"]
    await api.http.put(f"/v1/identity/matching/{source}", json={"mode": "propose"}, headers=headers)
    await rematch(api.db, api.tenant, source)
    await settle(api.db, api.tenant)
    assert await scored.learn(api.db, api.tenant) is not None
    weights = (await api.http.get("/v1/identity/matching", headers=headers)).json()["weights"]
    assert (weights["version"], weights["learnedAt"] is not None) == ("shipped", True)
    assert weights["reason"] == "0 pairs of one person are expected, and 200 are needed to learn from"


async def test_links_held_back_are_let_through_by_api(api: Api) -> None:
    headers = await api.pusher()
    (source,) = (await api.http.get("/v1/identity/matching", headers=headers)).json()["sources"]
    address = f"/v1/identity/matching/{source['source']}"
    assert (source["atOnce"], source["heldSince"], source["whyHeld"]) == (200, None, None)
    await api.http.put(address, json={"mode": "propose"}, headers=headers)
    set_to = await api.http.put(address, json={"mode": "automatic", "atOnce": 3}, headers=headers)
    assert set_to.status_code == 204, set_to.text
    (source,) = (await api.http.get("/v1/identity/matching", headers=headers)).json()["sources"]
    assert source["atOnce"] == 3
    nothing = await api.http.post(f"{address}/links", json={"links": 4}, headers=headers)
    assert (nothing.status_code, "nothing to let through" in nothing.text) == (409, True)
    missing = await api.http.post("/v1/identity/matching/77/links", json={"links": 4}, headers=headers)
    assert missing.status_code == 404
    none = await api.http.put(address, json={"mode": "automatic", "atOnce": 0}, headers=headers)
    assert none.status_code == 422


def test_a_labeled_file_is_evaluated(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = [
        "side,id,truth,given,family,birth_date",
        "roster,1,a,Elizabeth,Hill,2012-03-04",
        "roster,2,b,Marcus,Reed,2011-05-06",
        "sign-up,x,a,Liz,Hill,2012-03-04",
        "sign-up,y,c,Anna,Long,2010-01-02",
    ]
    file.write_text("\n".join(rows))
    people = labeled.read(file)
    outcome = evaluate(people.roster, people.sign_ups, people.truth)
    assert (outcome.automatic.value, outcome.queue.some, outcome.wrong) == (1.0, 0, [])


def test_a_labeled_file_tells_by_kind_of_error(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = [
        "side,id,truth,given,family,birth_date,kind",
        "roster,1,a,Elizabeth,Hill,2012-03-04,",
        "roster,2,b,Marcus,Reed,2011-05-06,",
        'sign-up,x,a,Liz,Hill,2012-03-04,"short, moved"',
        "sign-up,y,b,Marcus,Reed,2011-06-05,swapped day",
        "sign-up,z,c,Anna,Hill,2012-03-04,twin",
    ]
    file.write_text("\n".join(rows))
    people = labeled.read(file)
    kinds = evaluate(people.roster, people.sign_ups, people.truth, kinds=people.kinds).kinds
    assert sorted(kinds) == ["moved", "short", "swapped day", "twin"]
    assert (kinds["short"], kinds["short"].automatic) == (kinds["moved"], 1)
    assert (kinds["twin"].true, kinds["twin"].wrong) == (0, 0)
    assert (kinds["swapped day"].true, kinds["swapped day"].found) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("side,id\nroster,1", "lacks the column 'truth'"),
        ("side,id,truth\nboth,1,a", "line 2: side 'both' is not roster or sign-up"),
        ("side,id,truth,birth_date\nroster,1,a,4/3/2012", "line 2: birth_date '4/3/2012' is not a date"),
    ],
)
def test_a_file_that_will_not_do_says_where(tmp_path: Path, rows: str, words: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(rows)
    with pytest.raises(Invalid, match=words):
        labeled.read(file)


async def test_a_case_is_claimed_noted_and_decided_by_api(api: Api) -> None:
    headers = await api.pusher()
    await _twins(api)
    (case,) = (await api.http.get("/v1/identity/cases", headers=headers)).json()["cases"]
    assert len(case["candidates"]) == 2
    (name,) = [field for field in case["fields"] if field["field"] == "names"]
    assert (name["person"], name["candidates"], name["differs"]) == (
        ["Ryan Hill"],
        [["Ryan Hill"], ["Bryan Hill"]],
        [False, True],
    )
    address = f"/v1/identity/cases/{case['id']}"
    assert (await api.http.post(f"{address}/claim", headers=headers)).status_code == 200
    assert (await api.http.put(f"{address}/note", json={"note": "asked"}, headers=headers)).status_code == 204
    other = bearer(await api.key())
    word = {"judgement": "different", "reason": "neither"}
    assert (await api.http.post(f"{address}/decision", json=word, headers=other)).status_code == 409
    assert (await api.http.delete(f"{address}/claim", headers=headers)).status_code == 204
    (case,) = (await api.http.get("/v1/identity/cases", headers=headers)).json()["cases"]
    assert case["note"] == "asked"
    decided = await api.http.post(f"{address}/decision", json=word, headers=other)
    assert decided.json() == {"state": "decided"}
    listed = (await api.http.get("/v1/identity/cases", headers=headers)).json()
    assert (listed["cases"], listed["waiting"]) == ([], 0)
    assert (await api.http.post(f"{address}/claim", headers=headers)).status_code == 404


async def _twins(api: Api) -> None:
    """A sign-up of a club, and two children of whom it may be either."""
    district = District(api.db, await tenant_of(api))
    sis, club = (
        await district.source("roster-of-twins", "oneroster"),
        await district.source("club-of-twins", "evidence"),
    )
    born = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": "2012-03-04"}
    for name in ("Ryan Hill", "Bryan Hill"):
        await district.take(sis, "users", [user(name, *name.split())])
        await district.take(sis, "demographics", [{"sourcedId": name, **born}])
    ids = [{"type": "program", "value": "7"}]
    learner = {"name": {"full": "Ryan Hill"}, "birthDate": "2012-03-04", "identifiers": ids}
    await district.take(club, "evidence", [{"id": "7", "name": "Robot", "learner": learner}])
    async with api.db.transaction(api.tenant) as tx:
        await scored.set_mode(tx, club.id, "propose", by="a test")
    await rematch(api.db, api.tenant, club.id)
    await district.settle()


async def tenant_of(api: Api) -> TenantRow:
    """The tenant of the keys."""
    row = await tenants.by_id(api.db, api.tenant)
    assert row is not None
    return row
