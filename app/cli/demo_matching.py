"""What the demo shows of sign-ups without a number: one is found by score, a twin waits, a decision is taken back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from rich.markup import escape

from app.cli.answers import answer_of
from app.cli.tour import Screen
from app.errors import ConfigError

PATIENCE = 300  # seconds for the job that compares everybody, on the slowest machine
WHY = "The librarian knows the family"


@dataclass(frozen=True, slots=True)
class Library:
    """The library's source, the API with a key that decides who is whom, and how to wait until records are settled."""

    api: httpx.AsyncClient
    headers: dict[str, str]
    source: int
    settled: Callable[[], Awaitable[None]]

    async def asked(self, path: str, **params: str | int) -> Any:
        """What the API answers."""
        return answer_of(await self.api.get(path, params=params, headers=self.headers))


async def show_matching(library: Library, numbers: Sequence[str], *, again: bool) -> Screen:
    """Have sign-ups scored, first as proposals, then with links; decide about who waits, a twin, and take that back.

    `numbers` are the district's, of whom they are; `again`: all this was done the last time.
    """
    await _scored(library, "propose", ("linked", "ready", "asked"), len(numbers))
    await _scored(library, "automatic", ("linked",), 1)
    (reader,) = (await library.asked("/v1/learners", identifier=f"district:{numbers[0]}"))["learners"]
    ledger = await library.asked("/v1/identity/decisions", learner=reader["id"])
    link = next(row for row in ledger["decisions"] if library.source in (row["left"]["source"], row["right"]["source"]))
    screen = Screen("Signed up without a number: who is it?")
    screen.add("A library sends its summer readers: a name, a birth date, a family's e-mail address.\n")
    screen.add(f"[green]Found[/] in the district's roster, by score: tessera record district:{numbers[0]}")
    screen.reason("the score says", link["reason"])
    for twin in await _waiting(library):
        if not again:
            await _taken_back(library, twin)
        screen.add("\n[yellow]Waits[/] for a person: it could be their twin")
        screen.reason("the score says", twin["reason"])
        screen.add(f"\nSomebody said who the second is ({escape(WHY.lower())}), and took it back:")
        screen.add("the record is as it was, to the byte, and the question is open again")
    screen.add("\nDecide yourself: tessera near-match list, or the page 'Near matches' of the administrator")
    return screen


async def _scored(library: Library, mode: str, counted: tuple[str, ...], least: int) -> None:
    """Set the source's mode, where it has not come so far yet, and wait until that many of its persons are scored."""
    if (await _outcome(library))["mode"] not in (mode, "automatic"):
        path = f"/v1/identity/matching/{library.source}"
        (await library.api.put(path, json={"mode": mode}, headers=library.headers)).raise_for_status()
    began = time.monotonic()
    while True:
        outcome = await _outcome(library)
        if sum(outcome[word] for word in counted) >= least:
            break
        if time.monotonic() - began > PATIENCE:
            raise ConfigError(f"the library's sign-ups were not compared in {PATIENCE} s: tessera doctor")
        await asyncio.sleep(0.1)
    await library.settled()


async def _outcome(library: Library) -> dict[str, Any]:
    listed = (await library.asked("/v1/identity/matching"))["sources"]
    return next(row for row in listed if row["source"] == library.source)


async def _waiting(library: Library) -> list[dict[str, Any]]:
    """The near matches of sign-ups, each with its sign-up on the right."""
    listed = (await library.asked("/v1/identity/near-matches", limit=500))["matches"]
    return [match for match in listed if match["right"]["source"] == library.source]


async def _taken_back(library: Library, match: dict[str, Any]) -> None:
    """Say that two are one learner, and take it back; ConfigError unless the record is then as it was."""
    record = f"/v1/learners/{match['left']['learner']}"
    before = await library.asked(record)
    ends = {side: {part: match[side][part] for part in ("source", "person")} for side in ("left", "right")}
    seen = []
    for judgement in ("same", "open"):
        decision = {**ends, "judgement": judgement, "reason": WHY}
        (await library.api.post("/v1/identity/decisions", json=decision, headers=library.headers)).raise_for_status()
        await library.settled()
        seen.append(await library.asked(record))
    if seen[0] == before or seen[1] != before:
        raise ConfigError("a decision was taken back, and the record is not as it was")
