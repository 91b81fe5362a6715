"""Whose code it is: evidence counts for the framework it names, and waits where nobody has it."""

from itertools import permutations
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.naming import BASE, ident, import_, mastered, package, shows


def crossing(title: str, code: str, far: dict[str, str]) -> dict[str, Any]:
    """A framework one item of which matches something outside."""
    made = package(title, code)
    own = {"title": code, "identifier": ident(f"{title} {code}"), "uri": made["CFItems"][0]["uri"]}
    link = {
        "identifier": ident(f"{title} link"),
        "uri": f"{BASE}/CFAssociations/{ident(f'{title} link')}",
        "associationType": "exactMatchOf",
        "originNodeURI": own,
        "destinationNodeURI": far,
    }
    return {**made, "CFAssociations": [link]}


async def waiting(api: Api, headers: dict[str, str]) -> dict[str, list[str]]:
    """The codes that wait, with the codes suggested."""
    response = await api.http.get("/v1/alignments", headers=headers)
    return {row["code"]: [s["code"] for s in row["suggestions"]] for row in response.json()["waiting"]}


@pytest.mark.parametrize(
    ("code", "framework"),
    [("1.2.3.A", "Ohio Learning Standards"), ("CC.1.2.3.A", "Pennsylvania Core Standards"), ("OH:1.2.3.A", None)],
)
async def test_a_code_of_a_framework_nobody_has_waits(api: Api, code: str, framework: str | None) -> None:
    headers = await api.pusher()
    await import_(api, headers, package("Welding", "1.2.3.A"))
    learner = await shows(api, headers, "w-1", code=code, **({"framework": framework} if framework else {}))
    assert await mastered(api, headers, learner) == []
    assert await waiting(api, headers) == {code: ["1.2.3.A"]}


async def test_a_name_is_data_of_its_framework_and_what_waited_for_it_counts_at_once(api: Api) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, package("Skills of the State", "1.2.3.A"))
    learner = await shows(api, headers, "n-1", code="OH-1.2.3.A", framework="Ohio Learning Standards")
    assert await mastered(api, headers, learner) == []
    names = {"names": ["Ohio learning standards"], "codePrefixes": ["OH"]}
    named = await api.http.put(f"/v1/frameworks/{done['id']}/names", json=names, headers=headers)
    assert (named.status_code, named.json()["codePrefixes"]) == (200, ["OH"])
    assert await mastered(api, headers, learner) == ["1.2.3.A"]
    await import_(api, headers, package("Skills of the State", "1.2.3.A", "1.2.3.B"))
    listed = (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"]
    assert [row["names"] for row in listed] == [["Ohio learning standards"]], "a new version is called as before"
    again = await shows(api, headers, "n-2", code="OH.1.2.3.B", framework="Ohio Learning Standards")
    assert await mastered(api, headers, again) == ["1.2.3.B"]
    nobody = await api.http.put(f"/v1/frameworks/{ident('none')}/names", json=names, headers=headers)
    assert nobody.status_code == 404


async def test_the_names_in_the_vendors_guide_are_those_of_the_framework_that_comes_along(api: Api) -> None:
    headers = await api.pusher()
    assert (await api.http.post("/v1/frameworks/shipped/ccss-math", headers=headers)).status_code == 200
    before = await shows(api, headers, "d-1", code="CCSS.MATH.CONTENT.8.F.B.5", framework="CCSS Mathematics")
    await import_(api, headers, package("Our own copy", "8.F.B.5"))
    after = await shows(api, headers, "d-2", code="CCSS.MATH.CONTENT.8.F.B.5", framework="Common Core")
    bare = await shows(api, headers, "d-3", code="8.F.B.5")
    standard = ["CCSS.Math.Content.8.F.B.5"]
    assert [await mastered(api, headers, learner) for learner in (before, after, bare)] == [standard, standard, []]
    assert list(await waiting(api, headers)) == ["8.F.B.5"], "two frameworks have it, and none is named"


@pytest.mark.parametrize("far", ["urn:fdc:example.org:2016:cfr:Makers:M.1", "urn:code:M.1"])
async def test_a_crosswalk_stays_whatever_frameworks_come_and_go(api: Api, far: str) -> None:
    headers = await api.pusher()
    makers = await import_(api, headers, package("Makers", "M.1"))
    end = {"title": "M.1", "identifier": "M.1", "uri": far}
    await import_(api, headers, crossing("Club skills", "C.1", end))
    learner = await shows(api, headers, "c-1", code="C.1", framework="Club skills")

    async def rolled_up() -> bool:
        query = {"framework": makers["id"]}
        profile = await api.http.get(f"/v1/learners/{learner}/profile", params=query, headers=headers)
        return [competency["code"] for part in profile.json()["domains"] for competency in part["competencies"]] == [
            "M.1"
        ]

    assert await rolled_up()
    third = await import_(api, headers, package("Third list", "M.1"))
    assert await rolled_up(), "a third framework has the code"
    await import_(api, headers, crossing("Club skills", "C.1", end) | package("Club skills", "C.1", "C.2"))
    await import_(api, headers, crossing("Club skills", "C.1", end))
    assert (await api.http.delete(f"/v1/frameworks/{third['id']}", headers=headers)).status_code == 204
    assert await rolled_up(), "and has gone again"


async def test_a_crosswalk_that_could_lead_to_two_is_told_and_leads_to_none(api: Api) -> None:
    headers = await api.pusher()
    for title in ("Makers", "Third list"):
        await import_(api, headers, package(title, "M.1"))
    end = {"title": "M.1", "identifier": "M.1", "uri": "urn:code:M.1"}
    done = await import_(api, headers, crossing("Club skills", "C.1", end))
    assert [finding["where"] for finding in done["findings"] if "several frameworks" in finding["what"]] == [["M.1"]]
    listed = (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"]
    ambiguous = {row["title"]: [f["what"] for f in row["findings"] if "several" in f["what"]] for row in listed}
    assert [title for title, findings in ambiguous.items() if findings] == ["Club skills"]


@pytest.mark.parametrize(
    "url",
    ["http://www.corestandards.org/Math/Content/6/RP/A/2/", "https://corestandards.org/x", "https://tea.texas.gov/1"],
)
async def test_an_address_on_the_site_of_a_framework_names_it(api: Api, url: str) -> None:
    headers = await api.pusher()
    await import_(api, headers, package("Shop Skills", "6.RP.A.2"))
    learner = await shows(api, headers, "u-1", code="6.RP.A.2", url=url)
    assert await mastered(api, headers, learner) == []
    other = await shows(api, headers, "u-2", code="6.RP.A.2", url="https://vendor.example/6RPA2")
    assert await mastered(api, headers, other) == ["6.RP.A.2"]


async def test_a_framework_is_also_named_by_its_identifier(api: Api) -> None:
    headers = await api.pusher()
    done = await import_(api, headers, package("Shop Skills", "1.2.3.A"))
    for n, named in enumerate((done["id"], done["id"].upper(), f"{BASE}/CFDocuments/{done['id']}")):
        learner = await shows(api, headers, f"i-{n}", code="1.2.3.A", framework=named)
        assert await mastered(api, headers, learner) == ["1.2.3.A"], named
    stranger = await shows(api, headers, "i-9", code="1.2.3.A", framework=ident("Another"))
    assert await mastered(api, headers, stranger) == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_what_an_address_says_depends_on_nothing_that_came_before(api: Api, order: tuple[int, ...]) -> None:
    headers = await api.pusher()
    for title in ("Shop Skills", "Kitchen Skills"):
        made = package(title, "1.2.3.A")
        made["CFItems"][0]["uri"] = f"https://skills.example.org/{title[:4]}/1"
        await import_(api, headers, made)
    named = {"code": "1.2.3.A"}
    alignments = [
        named,
        {**named, "url": "https://skills.example.org/Shop/1"},
        {**named, "url": "https://vendor.example/elsewhere"},
    ]
    codes = {}
    for n in order:
        codes[n] = await mastered(api, headers, await shows(api, headers, f"o-{n}", **alignments[n]))
    assert codes == {0: [], 1: ["1.2.3.A"], 2: []}
    assert list(await waiting(api, headers)) == ["1.2.3.A"]
