"""One answer: whatever came in whatever order, every view says the same of where a learner stands.

TESSERA_HISTORIES is how many generated histories a run takes, TESSERA_SEED where they begin; left out, each run has its
own, and a failure names it.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from app.mastery import judging
from app.records.settle import settle
from tests.support.api import Api
from tests.support.glances import counts
from tests.support.naming import ident, import_
from tests.support.one_answer import NOW, Stands, explained, frameworks, group_views, then, views, world
from tests.support.one_answer_pages import class_pages, pages

HISTORIES = int(os.environ.get("TESSERA_HISTORIES", "4"))
PAGES_OF = 1 if HISTORIES < 10 else 5
"""Of every how manieth learner pages are asked for, too, what is issued, and how it stood on a day."""
SEED = int(os.environ.get("TESSERA_SEED", "0")) or secrets.randbelow(1_000_000)


@pytest.mark.timeout(1800)  # it asks for hundreds of views
async def test_every_view_says_the_same_whatever_came_in_whatever_order(api: Api) -> None:
    chance = Random(SEED)
    made = await world(api, chance, HISTORIES)
    of_group, in_class = await group_views(made), await class_pages(made)
    wrong: list[str] = []
    for n, (name, learner) in enumerate(made.learners.items()):
        stands = await explained(made, learner)
        by_view = of_group[learner] | in_class[learner]
        twin = made.learners.get(name[:-1] + "a")
        if twin not in (None, learner):
            by_view["order of arrival"] = await explained(made, twin)
        else:
            by_view |= await views(made, learner)
        counted = await counts(made, learner)
        wrong += [
            f"{name}: {place} counts {of.get(title)} in '{title}', the profile {count}"
            for place, of in counted.items()
            for title, count in counted["profile"].items()
            if (place != "record page" or not title) and of.get(title) != count
        ]
        if n % PAGES_OF == 0:
            by_view |= await pages(made, learner)
            moment = NOW - timedelta(days=chance.choice([0, 1, 20, 29, 45, 61]), hours=-1)
            wrong += _differing(name, *await then(made, learner, moment))
        wrong += _differing(name, stands, by_view)
    assert not wrong, f"TESSERA_SEED={SEED} TESSERA_HISTORIES={HISTORIES}:\n" + "\n".join(wrong)


def _differing(name: str, stands: Stands, by_view: dict[str, Stands]) -> list[str]:
    return [
        f"{name}: {view} says {code} is {stand}, the explanation {stands[code]}"
        for view, of in by_view.items()
        for code, stand in of.items()
        if stand != stands[code]
    ]


async def test_a_part_of_what_is_mastered_stands_by_it_in_a_profile_too(api: Api) -> None:
    headers = await api.pusher()
    await import_(api, headers, frameworks()[0])
    who = {"identifiers": [{"type": "district", "value": "s"}]}
    own = {"result": {"score": 1, "max": 4, "method": "self"}, "alignments": [{"code": "P.1"}]}
    await api.http.post("/v1/evidence", json={"id": "s-1", "learner": who, **own}, headers=headers)
    whole = {"result": {"score": 3, "max": 4}, "alignments": [{"code": "P"}]}
    learner = await api.learner(headers, id="s-2", learner=who, **whole)
    for query in ({}, {"framework": ident("Whole")}):
        answer = await api.http.get(f"/v1/learners/{learner}/profile", params=query, headers=headers)
        by_code = {c["code"]: c for part in answer.json()["domains"] for c in part["competencies"]}
        assert by_code["P.1"]["level"]["name"] == "Proficient"
        assert (by_code["P.1"]["mastered"], by_code["P.1"]["partOf"]) == (True, ident("Whole P"))


async def test_headers_count_by_policies_and_crosswalks_that_come_later(api: Api) -> None:
    headers = await api.pusher()
    whole, other = frameworks()
    await import_(api, headers, whole)
    who = {"identifiers": [{"type": "district", "value": "h"}]}
    item = {"result": {"score": 4, "max": 4}, "alignments": [{"code": "P.1"}]}
    learner = await api.learner(headers, id="h-1", learner=who, **item)

    async def mastered() -> tuple[int, int]:
        await judging.judge_all(api.db, api.tenant, datetime.now(UTC))
        await settle(api.db, api.tenant)
        counts = (await api.http.get(f"/v1/learners/{learner}", headers=headers)).json()["competencies"]
        return counts["shown"], counts["mastered"]

    assert await mastered() == (1, 1)
    assert (await api.http.post("/v1/policies", json=PARTS, headers=headers)).status_code == 201
    assert await mastered() == (2, 2), "the whole, by one of its parts"
    await import_(api, headers, other)
    assert await mastered() == (3, 3), "and a whole of another framework that has the part, too"


PARTS = {"name": "parts", "policy": {"rule": {"rule": "latest"}, "parts": {"rule": "any"}}}


async def test_a_header_counts_alike_whoever_is_settled_with_its_learner(api: Api) -> None:
    headers = await api.pusher()
    await import_(api, headers, frameworks()[0])
    assert (await api.http.post("/v1/policies", json=PARTS, headers=headers)).status_code == 201
    items = [
        {
            "id": f"{who}-1",
            "learner": {"identifiers": [{"type": "district", "value": who}]},
            "result": {"score": 2, "max": 4},
            "alignments": [{"code": code}],
        }
        for who, code in (("q", "Q"), ("p", "P.2"))
    ]
    assert (await api.http.post("/v1/evidence", json=items, headers=headers)).status_code == 200
    await judging.judge_all(api.db, api.tenant, datetime.now(UTC))
    await settle(api.db, api.tenant)
    for who, count in (("q", 1), ("p", 2)):
        answer = await api.http.get("/v1/learners", params={"identifier": f"district:{who}"}, headers=headers)
        learner = answer.json()["learners"][0]["id"]
        header = (await api.http.get(f"/v1/learners/{learner}", headers=headers)).json()["competencies"]
        profile = (await api.http.get(f"/v1/learners/{learner}/profile", headers=headers)).json()
        assert header["shown"] == sum(len(part["competencies"]) for part in profile["domains"]) == count


async def test_what_is_dated_later_tells_of_no_whole_today(api: Api) -> None:
    headers = await api.pusher()
    for made in frameworks():
        await import_(api, headers, made)
    assert (await api.http.post("/v1/policies", json=PARTS, headers=headers)).status_code == 201
    who = {"identifiers": [{"type": "district", "value": "l"}]}
    later = {"occurredAt": f"{(NOW + timedelta(days=9)).date()}T10:00:00Z", "result": {"score": 4, "max": 4}}
    whole = {"id": "l-1", "learner": who, **later, "alignments": [{"code": "P"}]}
    await api.http.post("/v1/evidence", json=whole, headers=headers)
    item = {"result": {"score": 3, "max": 4}, "alignments": [{"code": "X"}]}
    learner = await api.learner(headers, id="l-2", learner=who, **item)
    await judging.judge_all(api.db, api.tenant, datetime.now(UTC))
    await settle(api.db, api.tenant)
    profile = (await api.http.get(f"/v1/learners/{learner}/profile", headers=headers)).json()
    assert [c["code"] for part in profile["domains"] for c in part["competencies"]] == ["X"]
    header = (await api.http.get(f"/v1/learners/{learner}", headers=headers)).json()["competencies"]
    assert (header["shown"], header["mastered"]) == (1, 1)


async def test_a_gradebook_has_columns_where_evidence_is(api: Api) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, frameworks()[0])
    item = {"result": {"score": 3, "max": 4}, "alignments": [{"code": "P"}]}
    learner = await api.learner(
        headers, id="g-1", learner={"identifiers": [{"type": "district", "value": "g"}]}, **item
    )

    async def codes(**more: str) -> list[tuple[str, str | None]]:
        body = {"learners": [learner], "framework": done["id"], **more}
        book = (await api.http.post("/v1/gradebook", json=body, headers=headers)).json()
        [row] = book["learners"]
        return [(c["code"], cell) for c, cell in zip(book["competencies"], row["cells"], strict=True)]

    assert await codes() == [("P", "Proficient"), ("Q", None)]
    inherited = [("P.1", "Proficient"), ("P.2", "Proficient"), ("Q", None)]
    assert await codes(depth="parts") == inherited, "who has mastered the whole has mastered its parts"
    explained = await api.http.get(f"/v1/learners/{learner}/competencies/{ident('Whole P.1')}", headers=headers)
    assert (explained.json()["partOf"], explained.json()["met"]) == (ident("Whole P"), True)
    assert [assertion["decided"] for assertion in explained.json()["assertions"]] == [True]
