"""Matching by API and command: a source is scored, looked at, and taken back; a labeled file is evaluated."""

from pathlib import Path

import pytest

from app.errors import Invalid
from app.identity import labeled
from app.identity.scored import rematch
from app.matching.evaluate import evaluate
from app.records.settle import settle
from tests.support.api import Api, names


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
