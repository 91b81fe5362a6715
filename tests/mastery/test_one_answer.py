"""One answer: whatever came in whatever order, every view says the same of where a learner stands."""

from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from app.plans.reached import reached
from app.records.settle import settle
from tests.support.api import Api
from tests.support.naming import BASE, ident, import_, package

CODES = ("P", "P.1", "P.2", "Q")
LEARNERS = 25
TIMES = (None, "2026-10-09", "2026-10-09T00:00:00Z", "2026-10-09T10:00:00Z", "2026-10-10T10:00:00Z")


def framework() -> dict[str, Any]:
    """A whole with two parts; and beside it what is equivalent to the second part."""
    made = package("Whole", *CODES)
    items = {item["humanCodingScheme"]: item for item in made["CFItems"]}

    def link(kind: str, origin: str, destination: str) -> dict[str, Any]:
        name = f"{kind} {origin} {destination}"
        ends = [
            {"title": code, "identifier": items[code]["identifier"], "uri": items[code]["uri"]}
            for code in (origin, destination)
        ]
        return {
            "identifier": ident(name),
            "uri": f"{BASE}/CFAssociations/{ident(name)}",
            "associationType": kind,
            "originNodeURI": ends[0],
            "destinationNodeURI": ends[1],
        }

    links = [link("isChildOf", "P.1", "P"), link("isChildOf", "P.2", "P"), link("exactMatchOf", "Q", "P.2")]
    return made | {"CFAssociations": links}


def history(chance: Random) -> list[dict[str, Any]]:
    """What one learner showed: some of it at the same time, on the same day, at no time, by their own word, expired."""
    shown = []
    for n in range(chance.randint(1, 6)):
        when, scale = chance.choice(TIMES), chance.choice([{"max": 4}, {"min": 1, "max": 4}])
        result = {"score": chance.randint(1, 4), **scale, "method": chance.choice(["summative", "self", "peer"])}
        item: dict[str, Any] = {"name": f"n{n}", "result": result, "alignments": [{"code": chance.choice(CODES)}]}
        if when:
            item["occurredAt"] = when
        if chance.random() < 0.2:
            item["expiresAt"] = "2026-10-20T00:00:00Z"
        shown.append(item)
    return shown


async def test_every_view_says_the_same_whatever_came_in_whatever_order(api: Api) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, framework())
    chance = Random(16)
    items = []
    for n in range(LEARNERS):
        told = history(chance)
        for twin in ("a", "b"):
            who = {"identifiers": [{"type": "district", "value": f"{n}{twin}"}]}
            named = [{**item, "id": f"{n}-{twin}-{k}", "learner": who} for k, item in enumerate(told)]
            items += named if twin == "a" else named[::-1]
    chance.shuffle(items)
    for item in items:  # one by one: each is received at a time of its own
        assert (await api.http.post("/v1/evidence", json=item, headers=headers)).status_code == 201
    await settle(api.db, api.tenant)
    learners = {f"{n}{twin}": await _learner(api, headers, f"{n}{twin}") for n in range(LEARNERS) for twin in "ab"}
    book = await _gradebook(api, headers, done["id"], [*learners.values()])
    for name, learner in learners.items():
        stands = {code: book[learner, code] for code in CODES}
        twin = learners[name[:-1] + ("b" if name[-1] == "a" else "a")]
        assert stands == {code: book[twin, code] for code in CODES}, f"{name}: the order of arrival decided"
        views = await _views(api, headers, done["id"], learner)
        assert views == dict.fromkeys(views, stands), name


async def _learner(api: Api, headers: dict[str, str], name: str) -> str:
    found = await api.http.get("/v1/learners", params={"identifier": f"district:{name}"}, headers=headers)
    (learner,) = found.json()["learners"]
    return str(learner["id"])


Stands = dict[str, tuple[str | None, bool]]
"""By code, the level's name and whether it is mastered."""


async def _gradebook(
    api: Api, headers: dict[str, str], framework: str, learners: list[str]
) -> dict[tuple[str, str], tuple[str | None, bool]]:
    asked = {"learners": learners, "framework": framework, "competencies": [ident(f"Whole {code}") for code in CODES]}
    book = (await api.http.post("/v1/gradebook", json=asked, headers=headers)).json()
    codes = [column["code"] for column in book["competencies"]]
    return {
        (row["learner"], code): (cell, met)
        for row in book["learners"]
        for code, cell, met in zip(codes, row["cells"], row["met"], strict=True)
    }


async def _views(api: Api, headers: dict[str, str], framework: str, learner: str) -> dict[str, Stands]:
    async def get(path: str) -> Any:
        asked = {"framework": framework}
        response = await api.http.get(f"/v1/learners/{learner}/{path}", params=asked, headers=headers)
        assert response.status_code == 200, response.text
        return response.json()

    explained: Stands = {}
    for code in CODES:
        one = await get(f"competencies/{ident(f'Whole {code}')}")
        explained[code] = (one["level"]["name"] if one.get("level") else None, one["met"])
    part_of = {one["code"]: one for part in await get("progress") for one in part["competencies"]}
    leaves = {code: (part_of[code].get("level"), part_of[code]["met"]) for code in part_of}
    gaps = {gap["code"]: gap.get("level") for gap in await get("gaps")}
    way = await get("pathway")
    skipped = {one["code"]: one["level"] for one in way["skipped"]}
    named = {UUID(ident(f"Whole {code}")): code for code in CODES}
    async with api.db.transaction(api.tenant) as tx:
        held = (await reached(tx, [UUID(learner)], [*named], datetime.now(UTC)))[UUID(learner)]
    by_leaf = {code: (gaps[code], False) if code in gaps else (skipped[code], True) for code in leaves}
    profile = {
        one["code"]: (one["level"]["name"] if one["level"] else None, one["mastered"])
        for part in (await get("profile"))["domains"]
        for one in part["competencies"]
    }
    return {
        "explanation": explained,
        "progress": explained | leaves,
        "gaps and pathway": explained | by_leaf,
        "plans and credit": {named[one.competency]: (one.level, one.met) for one in held.values()},
        "profile": explained | profile,
    }


async def test_a_part_of_what_is_mastered_stands_by_it_in_a_profile_too(api: Api) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, framework())
    who = {"identifiers": [{"type": "district", "value": "s"}]}
    own = {"result": {"score": 1, "max": 4, "method": "self"}, "alignments": [{"code": "P.1"}]}
    await api.http.post("/v1/evidence", json={"id": "s-1", "learner": who, **own}, headers=headers)
    whole = {"result": {"score": 3, "max": 4}, "alignments": [{"code": "P"}]}
    learner = await api.learner(headers, id="s-2", learner=who, **whole)
    views = await _views(api, headers, done["id"], learner)
    assert {view: stands["P.1"] for view, stands in views.items()} == dict.fromkeys(views, ("Proficient", True))


async def test_a_gradebook_has_columns_where_evidence_is(api: Api) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, framework())
    item = {"result": {"score": 3, "max": 4}, "alignments": [{"code": "P"}]}
    learner = await api.learner(
        headers, id="g-1", learner={"identifiers": [{"type": "district", "value": "g"}]}, **item
    )

    async def codes(**more: str) -> list[tuple[str, str | None]]:
        asked = {"learners": [learner], "framework": done["id"], **more}
        book = (await api.http.post("/v1/gradebook", json=asked, headers=headers)).json()
        [row] = book["learners"]
        return [(c["code"], cell) for c, cell in zip(book["competencies"], row["cells"], strict=True)]

    assert await codes() == [("P", "Proficient"), ("Q", None)]
    inherited = [("P.1", "Proficient"), ("P.2", "Proficient"), ("Q", None)]
    assert await codes(depth="parts") == inherited, "who has mastered the whole has mastered its parts"
    explained = await api.http.get(f"/v1/learners/{learner}/competencies/{ident('Whole P.1')}", headers=headers)
    assert (explained.json()["partOf"], explained.json()["met"]) == (ident("Whole P"), True)
    assert [one["decided"] for one in explained.json()["assertions"]] == [True]
