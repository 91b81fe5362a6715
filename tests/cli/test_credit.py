"""`tessera credit`: rules and awards, in tables that fit a terminal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import Api
from tests.support.commands import Said, Tessera
from tests.support.competencies import learner  # noqa: F401  (a fixture)
from tests.support.credit import KIM, award, desk, write  # noqa: F401  (desk is a fixture)
from tests.support.plans import Desk


@pytest.fixture
def command(api: Api, tessera: Tessera) -> Callable[..., Awaitable[Said]]:
    async def run(*arguments: str, tenant: str = "sample") -> Said:
        return await asyncio.to_thread(tessera, "credit", *arguments, "--tenant", tenant)

    return run


async def test_rules_and_awards_are_listed(desk: Desk, command: Any) -> None:
    assert "no rule yet" in (await command("rules")).plain
    assert "No credit was awarded yet" in (await command("awards")).plain
    of = await write(desk, "W.1", "W.2", atLeast=1, title="Shop [1], O'Sample's")
    body = (await award(desk, of)).json()
    other = await write(desk, "W.1", title="Shop 2", retired=True)
    rules = await command("rules")
    assert rules.code == 0, rules.plain
    for words in ("Shop [1], O'Sample's", "0.5 credit", "Technology", "1 of 2", "Shop 2 (retired)"):
        assert words in rules.plain
    assert [(row["id"], row["awarded"]) for row in json.loads((await command("rules", "--json")).out)] == [
        (of, 1),
        (other, 0),
    ]
    for listed in (await command("awards"), await command("awards", "--learner", "district:100482")):
        assert "stands" in listed.plain
        assert "Shop [1], O'Sample's, 0.5 credit" in listed.out
        assert desk.who in listed.out, "an id in one piece"
        assert max(len(line) for line in listed.out.splitlines()) <= 80
    withdrawal = {"teacherOfRecord": KIM, "reason": "Another's [work]"}
    assert (await desk.ask("POST", f"/credits/{body['id']}/withdrawal", withdrawal)).status_code == 200
    (row,) = json.loads((await command("awards", "--json")).out)
    assert (row["learner"], row["rule"], row["reason"]) == (desk.who, of, "Another's [work]")
    assert json.loads((await command("rules", "--json")).out)[0]["awarded"] == 0


async def test_nobody_else_sees_them(desk: Desk, command: Any) -> None:
    await award(desk, await write(desk, "W.1"))
    assert "no rule yet" in (await command("rules", tenant="other")).plain
    assert "No credit was awarded yet" in (await command("awards", tenant="other")).plain
    for nobody in (str(uuid4()), desk.who):
        result = await command("awards", "--learner", nobody, tenant="other")
        assert (result.code, f"No learner {nobody}" in result.plain) == (1, True)
