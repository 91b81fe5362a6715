"""Reading learner records."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
import zstandard

from app.db.access import tenants
from app.db.sources import sources
from app.records import removal
from app.records.document import Header
from tests.conftest import TestDatabase
from tests.support.api import EVIDENCE, Api, bearer, names, problem_of
from tests.support.district import District

PLAIN, ZSTD = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip, zstd;q=0.9"}


async def test_a_record_is_sent_once_and_then_only_when_it_has_changed(api: Api) -> None:
    headers = {**await api.pusher(), **PLAIN}
    learner = await api.learner(headers)
    first = await api.http.get(f"/v1/learners/{learner}", headers=headers)
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "private, no-cache"
    msgspec.json.decode(first.content, type=Header)
    etag = first.headers["etag"]
    for tags in (etag, f"W/{etag}", f'"other", W/{etag}', "*"):
        again = await api.http.get(f"/v1/learners/{learner}", headers={**headers, "If-None-Match": tags})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    await api.learner(headers, id="robotics-2")
    for tags in (etag, f'{etag}, "other"'):
        changed = await api.http.get(f"/v1/learners/{learner}", headers={**headers, "If-None-Match": tags})
        assert changed.status_code == 200
        assert changed.headers["etag"] != etag
    head = await api.http.head(f"/v1/learners/{learner}", headers=headers)
    assert head.status_code == 200


async def test_a_record_comes_as_it_is_stored_to_whoever_takes_zstd(api: Api) -> None:
    headers = await api.pusher()
    path = f"/v1/learners/{await api.learner(headers)}"
    plain = await api.http.get(path, headers={**headers, **PLAIN})
    async with api.http.stream("GET", path, headers={**headers, **ZSTD}) as packed:
        stored = b"".join([part async for part in packed.aiter_raw()])
    assert zstandard.decompress(stored) == plain.content
    assert packed.headers["content-encoding"] == "zstd"
    assert int(packed.headers["content-length"]) == len(stored) < len(plain.content)
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    # Two representations, byte for byte different: one strong tag must not name both (RFC 9110, 8.8.3.3).
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    for tag in (plain.headers["etag"], packed.headers["etag"]):
        again = await api.http.get(path, headers={**headers, **ZSTD, "If-None-Match": tag})
        assert (again.status_code, again.headers["etag"]) == (304, packed.headers["etag"])
        assert "content-encoding" not in again.headers


@pytest.mark.parametrize("accepted", ["", "identity", "gzip, br", "zstd;q=0", "gzip, zstd; q=0.000", "*", "x-zstd"])
async def test_nobody_gets_zstd_unasked(api: Api, accepted: str) -> None:
    headers = {**await api.pusher(), "Accept-Encoding": accepted}
    answer = await api.http.get(f"/v1/learners/{await api.learner(headers)}", headers=headers)
    assert "content-encoding" not in answer.headers
    msgspec.json.decode(answer.content, type=Header)


async def test_an_id_may_be_written_in_any_way_a_uuid_is(api: Api) -> None:
    headers = {**await api.pusher(), **PLAIN}
    learner = await api.learner(headers)
    written = (learner, learner.upper(), learner.replace("-", ""))
    answers = [await api.http.get(f"/v1/learners/{id_}", headers=headers) for id_ in written]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content for answer in answers}) == 1


async def test_a_learner_who_became_part_of_another_is_found_there(api: Api, database: TestDatabase) -> None:
    headers = await api.pusher()
    learner, gone, lost = await api.learner(headers), uuid4(), uuid4()
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            """INSERT INTO learner VALUES (%s, %s, 2, 'x', NULL, '{}', %s, now()),
                                          (%s, %s, 2, 'y', NULL, '{}', NULL, now())""",
            [api.tenant, gone, learner, api.tenant, lost],
        )
    moved = await api.http.get(f"/v1/learners/{gone}", headers=headers)
    assert (moved.status_code, moved.headers["location"]) == (308, f"/v1/learners/{learner}")
    assert problem_of(await api.http.get(f"/v1/learners/{gone}/timeline", headers=headers), 404)["learner"] == learner
    for tag in ("", '"y"'):
        lost_now = await api.http.get(f"/v1/learners/{lost}", headers={**headers, "If-None-Match": tag})
        problem_of(lost_now, 404)


async def test_an_id_of_one_who_was_parted_says_into_whom(api: Api) -> None:
    headers = await api.pusher()
    owner = await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    district = District(api.db, owner)
    numbers = [{"type": "district", "value": "1001"}, {"type": "state", "value": "2002"}]
    for slug, identifiers in (("both", numbers), ("first", numbers[:1]), ("second", numbers[1:])):
        tool = await district.source(slug, "evidence")
        item = {"id": f"{slug}-1", "name": "A try", "learner": {"identifiers": identifiers}}
        await district.take(tool, "evidence", [item])
        await district.settle()
    [united] = await district.records()
    async with api.db.transaction(api.tenant) as tx:
        both = await sources.by_slug(tx, "both")
    assert both is not None
    await removal.remove(api.db, both)
    now = sorted(await district.records())
    assert len({*now, united}) == 3
    problem = problem_of(await api.http.get(f"/v1/learners/{united}", headers=headers), 404)
    assert problem["learners"] == now
    assert problem_of(await api.http.get(f"/v1/learners/{united}/timeline", headers=headers), 404) == problem


async def test_an_id_that_is_none_is_named(api: Api) -> None:
    headers = bearer(await api.key())
    problem = problem_of(await api.http.get("/v1/learners/17", headers=headers), 422)
    assert problem["errors"][0]["in"] == "path"
    assert problem["errors"][0]["field"] == "learner"


async def test_learners_are_searched_by_a_typed_identifier(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)

    async def search(**params: Any) -> list[str]:
        answer = await api.http.get("/v1/learners", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        return names(answer.json()["learners"], "id")

    assert await search(identifier="district:100482") == [learner]
    assert await search(identifier="state:100482") == []
    assert await search(identifier="district:100482", issuer="someone-else") == []
    for bad in ("100482", "shoe:100482", "district:", "district:\x00"):
        problem_of(await api.http.get("/v1/learners", params={"identifier": bad}, headers=headers), 422)


async def test_a_list_is_paged_without_a_miss_or_a_double(api: Api) -> None:
    headers = await api.pusher()
    batch = [
        {**EVIDENCE, "id": f"e-{n}", "learner": {"identifiers": [{"type": "district", "value": f"{n:06d}"}]}}
        for n in range(25)
    ]
    await api.http.post("/v1/evidence", json=batch, headers=headers)
    await api.learner(headers)
    seen: list[str] = []
    after = None
    while True:
        params = {"limit": 7} | ({"after": after} if after else {})
        page = (await api.http.get("/v1/learners", params=params, headers=headers)).json()
        assert (page["events"] is None) == (after is not None)
        seen += names(page["learners"], "id")
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 26


async def test_only_what_changed_since_is_listed(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    listed = (await api.http.get("/v1/learners", headers=headers)).json()["learners"]
    since = {"updated_since": listed[0]["updatedAt"]}
    assert names((await api.http.get("/v1/learners", params=since, headers=headers)).json()["learners"], "id") == [
        learner
    ]
    future = {"updated_since": "2999-01-01T00:00:00Z"}
    assert (await api.http.get("/v1/learners", params=future, headers=headers)).json()["learners"] == []
    for bad in ("yesterday", "2026-10-03T00:00:00"):
        problem = problem_of(await api.http.get("/v1/learners", params={"updated_since": bad}, headers=headers), 422)
        assert problem["errors"][0]["field"] == "updated_since"


async def test_the_timeline_is_newest_first_and_paged(api: Api) -> None:
    headers = await api.pusher()
    for day in (3, 1, 2):
        learner = await api.learner(
            headers, id=f"e-{day}", occurredAt=f"2026-10-0{day}T10:00:00Z", setting="summer" if day == 2 else "home"
        )
    url = f"/v1/learners/{learner}/timeline"
    whole = (await api.http.get(url, headers=headers)).json()
    assert [entry["date"][:10] for entry in whole["entries"]] == ["2026-10-03", "2026-10-02", "2026-10-01"]
    first = (await api.http.get(url, params={"limit": 2}, headers=headers)).json()
    second = (await api.http.get(url, params={"limit": 2, "after": first["next"]}, headers=headers)).json()
    assert first["entries"] + second["entries"] == whole["entries"]
    assert second["next"] is None
    summer = (await api.http.get(url, params={"setting": "summer"}, headers=headers)).json()["entries"]
    assert names(summer, "date") == [whole["entries"][1]["date"]]
    assert (await api.http.get(url, params={"section": "results"}, headers=headers)).json()["entries"] == []


async def test_provenance_of_a_value_its_entry_a_list_and_the_whole(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    url = f"/v1/learners/{learner}/provenance"
    counts = {}
    page = (await api.http.get(f"/v1/learners/{learner}/record/evidence", headers=headers)).json()
    entry = f"/evidence/{page['entries'][0]['id']}"
    for path in ("/names/0/value", "/names/0", "/names", "", entry, f"{entry}/date"):
        body = (await api.http.get(url, params={"path": path}, headers=headers)).json()
        assert [source["count"] for source in body["sources"]] == [1]
        counts[path] = len(body["statements"])
        assert all(UUID(learner) and s["source"] == "robotics-club" for s in body["statements"])
    assert set(counts.values()) == {1}
    for nowhere in (
        "names",
        "/names/9",
        "/names/-1",
        "/names/x",
        "/nothing",
        "/names/0/value/x",
        "/names/٣",
        "/evidence/0",
        f"{entry}/x",
    ):
        body = problem_of(await api.http.get(url, params={"path": nowhere}, headers=headers), 404)
        assert nowhere in body["detail"]
