"""The needs of a class: what all of it needs is said once, and its names are there when they are asked for."""

import re

from tests.support.api import Api
from tests.support.attacks import class_of
from tests.support.competencies import taken_in
from tests.support.people import signed_in


async def cards_of(api: Api, count: int) -> list[str]:
    """What stands on the cards of a class of so many, of whom nobody has shown anything."""
    here = await class_of(api, "c-1", *(f"Child{n:02}" for n in range(count)))
    await taken_in(api)
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"))
    page = (await teacher.get(f"{here.address}/needs")).text
    return re.split(r'class="[^"]*\bneed"', page)[1:]


async def test_a_need_of_the_whole_class_does_not_list_it(api: Api) -> None:
    cards = await cards_of(api, 8)
    assert cards
    for card in cards:
        assert "The whole class" in card
        outside = re.sub(r"<details.*?</details>", "", card, flags=re.DOTALL)
        assert "Child03" in card, "the names are there, one step away"
        assert "Child03" not in outside


async def test_a_few_are_named_at_once(api: Api) -> None:
    cards = await cards_of(api, 3)
    assert cards
    assert all("Child02" in card and "<details" not in card for card in cards)
