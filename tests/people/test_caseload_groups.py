"""Groups of a caseload: they form from needs, name who is in them, and end with the need."""

import re
from typing import Any

from app.records.settle import settle
from tests.support.api import Api
from tests.support.attacks import class_of
from tests.support.competencies import piece, taken_in
from tests.support.people import Reader, signed_in


async def push(api: Api, headers: dict[str, str], *scores: tuple[int, str, float]) -> None:
    """Evidence: of which child of the class, of what, with how many points of ten."""
    pieces: list[dict[str, Any]] = [
        piece("1", code, score, "in-school")
        | {
            "id": f"{child}-{code}-{score}",
            "occurredAt": f"2026-09-{10 + int(score):02d}T10:00:00Z",
            "learner": {"identifiers": [{"type": "district", "value": str(71000 + child)}]},
        }
        for child, code, score in scores
    ]
    pushed = await api.http.post("/v1/evidence", json=pieces, headers=headers)
    assert pushed.status_code in (200, 207), pushed.text
    await settle(api.db, api.tenant)


def groups_of(page: str) -> list[tuple[str, list[str]]]:
    """Each group: what it needs, and who is in it."""
    cards = re.split(r'class="[^"]*\bneed"', page.partition("Needed by one")[0])[1:]
    return [
        (re.findall(r"<h2[^>]*>([^<]*)", card)[0], re.findall(r'/competencies/[^"]*">(Child\d\d)', card))
        for card in cards
    ]


async def test_a_group_forms_from_a_need_and_ends_with_it(api: Api) -> None:
    here = await class_of(api, "c-1", *(f"Child{n:02}" for n in range(4)))
    await taken_in(api)
    headers = await api.pusher()
    advisor: Reader = await signed_in(api, "advisor", person=(here.source, "t-1"))
    assert "Nobody needs the same" in (await advisor.get("/caseload/groups")).text
    await push(api, headers, (0, "W.1", 3), (1, "W.1", 2), (2, "W.1", 9), (2, "W.2", 2))
    page = (await advisor.get("/caseload/groups")).text
    assert groups_of(page) == [("Cuts along a line", ["Child00", "Child01"])]
    assert "Child02" in page.partition("Needed by one")[2], "alone with planing, and no group"
    assert "Child03" not in page, "who has begun nothing is in no group"
    await push(api, headers, (1, "W.1", 9.5))
    page = (await advisor.get("/caseload/groups")).text
    assert groups_of(page) == [("Planes a board flat", ["Child02", "Child01"])], "who has met cutting is ready to plane"
    await push(api, headers, (2, "W.2", 9.5))
    assert groups_of((await advisor.get("/caseload/groups")).text) == []


async def test_a_group_names_nobody_of_another_caseload(api: Api) -> None:
    here = await class_of(api, "c-1", "Child00", "Child01")
    await taken_in(api)
    await push(api, await api.pusher(), (0, "W.1", 3), (1, "W.1", 2))
    stranger = await signed_in(api, "advisor")
    own = await signed_in(api, "counselor", learner=here.learners[0])
    assert "Child" not in (await stranger.get("/caseload/groups")).text
    page = (await own.get("/caseload/groups")).text
    assert "Child00" in page
    assert "Child01" not in page
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT learner_id FROM disclosure WHERE via LIKE 'groups of a caseload%%'")
    assert [learner for (learner,) in rows] == [here.learners[0]]
