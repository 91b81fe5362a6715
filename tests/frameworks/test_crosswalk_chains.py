"""Crosswalks of crosswalks: what matches a match is one step further, and no level walks further than one."""

from itertools import permutations
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.naming import BASE, ident, import_, package, shows

TITLES = {"A": "First list", "B": "Second list", "C": "Third list"}


def uri(name: str) -> str:
    return f"{BASE}/CFItems/{ident(f'{TITLES[name]} {name}.1')}"


def matching(name: str, *far: str) -> dict[str, Any]:
    """A list of one item that matches items of others."""
    made = package(TITLES[name], f"{name}.1")
    own = {"title": f"{name}.1", "identifier": ident(f"{TITLES[name]} {name}.1"), "uri": uri(name)}
    links = [
        {
            "identifier": ident(f"{name} to {other}"),
            "uri": f"{BASE}/CFAssociations/{ident(f'{name} to {other}')}",
            "associationType": "exactMatchOf",
            "originNodeURI": own,
            "destinationNodeURI": {
                "title": f"{other}.1",
                "identifier": ident(f"{TITLES[other]} {other}.1"),
                "uri": uri(other),
            },
        }
        for other in far
    ]
    return {**made, "CFAssociations": links}


async def levels(api: Api, headers: dict[str, str], learner: str) -> dict[str, str | None]:
    """The level of each list's item, by the learner's profile."""
    stands: dict[str, str | None] = {}
    for name, title in TITLES.items():
        query = {"framework": ident(title)}
        profile = await api.http.get(f"/v1/learners/{learner}/profile", params=query, headers=headers)
        if profile.status_code == 404:
            continue
        for part in profile.json()["domains"]:
            for competency in part["competencies"]:
                stands[name] = competency["level"]["name"] if competency["level"] else None
    return stands


@pytest.mark.parametrize("order", list(permutations("ABC"))[::2])
async def test_a_level_walks_one_step_of_a_chain_whichever_list_came_first(api: Api, order: tuple[str, ...]) -> None:
    headers = await api.pusher()
    far = {"A": (), "B": ("A",), "C": ("B",)}
    for name in order:
        await import_(api, headers, matching(name, *far[name]))
    learner = await shows(api, headers, "x-1", code="A.1", framework=TITLES["A"])
    stands = await levels(api, headers, learner)
    assert stands.keys() == {"A", "B"}, "who says that C is B, and B is A, has not said that C is A"
    assert stands["A"] == stands["B"] is not None


async def test_a_circle_of_matches_ends(api: Api) -> None:
    headers = await api.pusher()
    for name, other in (("A", "B"), ("B", "C"), ("C", "A")):
        await import_(api, headers, matching(name, other))
    learner = await shows(api, headers, "x-1", code="B.1", framework=TITLES["B"])
    stands = await levels(api, headers, learner)
    assert stands.keys() == {"A", "B", "C"}
    assert len(set(stands.values())) == 1


async def test_a_match_ends_with_the_list_in_the_middle_and_comes_back_with_it(api: Api) -> None:
    headers = await api.pusher()
    for name, far in (("A", ()), ("B", ("A",)), ("C", ("B", "A"))):
        await import_(api, headers, matching(name, *far))
    learner = await shows(api, headers, "x-1", code="A.1", framework=TITLES["A"])
    before = await levels(api, headers, learner)
    assert before.keys() == {"A", "B", "C"}
    gone = await api.http.delete(f"/v1/frameworks/{ident(TITLES['B'])}", headers=headers)
    assert gone.status_code == 204
    assert await levels(api, headers, learner) == {name: level for name, level in before.items() if name != "B"}
    await import_(api, headers, matching("B", "A"))
    assert await levels(api, headers, learner) == before
