"""The needs of a class: what all of it needs is said once, and its names are there when they are asked for."""

import re

from app.records.settle import settle
from tests.support.api import Api
from tests.support.attacks import class_of
from tests.support.competencies import piece, taken_in
from tests.support.people import signed_in


async def page_of(api: Api, count: int, *, begun: bool = True) -> str:
    """The page of a class of so many, each of whom has begun to cut, or shown nothing."""
    here = await class_of(api, "c-1", *(f"Child{n:02}" for n in range(count)))
    await taken_in(api)
    if begun:
        pieces = [
            piece("1", "W.1", 3, "in-school")
            | {"id": f"piece-{n}", "learner": {"identifiers": [{"type": "district", "value": str(71000 + n)}]}}
            for n in range(count)
        ]
        pushed = await api.http.post("/v1/evidence", json=pieces, headers=await api.pusher())
        assert pushed.status_code in (200, 207), pushed.text
        await settle(api.db, api.tenant)
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"))
    return (await teacher.get(f"{here.address}/needs")).text


def cards_of(page: str) -> list[str]:
    """The needs that are cards."""
    return re.split(r'class="[^"]*\bneed"', page.partition("New to everybody")[0])[1:]


async def test_a_need_of_the_whole_class_does_not_list_it(api: Api) -> None:
    cards = cards_of(await page_of(api, 8))
    assert cards
    for card in cards:
        assert "The whole class" in card
        outside = re.sub(r"<details.*?</details>", "", card, flags=re.DOTALL)
        assert "Child03" in card, "the names are there, one step away"
        assert "Child03" not in outside


async def test_a_few_are_named_at_once(api: Api) -> None:
    cards = cards_of(await page_of(api, 3))
    assert cards
    assert all("Child02" in card and "<details" not in card for card in cards)


async def test_one_learner_is_no_group(api: Api) -> None:
    page = await page_of(api, 1)
    assert "What Child00 Child00 is ready for" in page
    assert cards_of(page)
    assert "1 learner" not in page
    assert "The whole class" not in page


async def test_what_is_new_to_everybody_is_a_line(api: Api) -> None:
    page = await page_of(api, 6, begun=False)
    assert not cards_of(page)
    new = page.partition("New to everybody")[2]
    assert "Cuts along a line" in new
    assert "Explains a plan" in new
    assert "Planes a board" not in new, "cutting comes before it"
    assert "Child03" not in new
