"""`python -m bench.enumerating`: whether a program learns who goes to school, by 1,000 tries of each way of asking.

Half of the tries are of a child whom the district has, half of one whom it does not, in random order: by each way in,
and by looking at what was handed in before. Answers are compared byte for byte but for ids, times and what the program
said itself, and their times by deciles; one answer that differs is an error. That the work is the same, statement by
statement and in every state, is a test (`tests/programs/test_enumerating.py`).
"""

import argparse
import asyncio
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from app.db.access import tenants
from bench.place import place
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for
from tests.support.enumerating import HERE, NOWHERE, WAYS, Program, ids, prepare, program_of, unhindered

SHUFFLES = 2000
WARM_UP = 10


TITLE = re.compile(r"Piece \d{5}")
Way = Callable[[Program, str], Awaitable[str]]


class Tries(NamedTuple):
    """Of one way of asking, for a child who is here and one who is not: the times (ms), how often each answer came."""

    times: tuple[list[float], list[float]]
    answers: tuple[Counter[str], Counter[str]]

    @property
    def alike(self) -> bool:
        """Whether both are given the same answers."""
        return self.answers[0].keys() == self.answers[1].keys()


async def _by_page(program: Program, title: str) -> str:
    return await program.get(f"/program/submissions/{program.badges[title]['submission']}")


async def _by_status(program: Program, title: str) -> str:
    return await program.ask(f"/v1/submissions/{program.badges[title]['submission']}")


LOOKS: dict[str, Way] = {"its page": _by_page, "its status": _by_status}
"""Ways of looking at what was handed in before."""


async def _prepared(program: Program, name: str, title: str) -> None:
    """What a try needs and is not part of it: a badge that was issued elsewhere, or something handed in before."""
    if name in ("badge", "address"):
        await prepare(program, title)
    elif name in LOOKS:
        program.badges[title] = {"submission": str(ids(await WAYS["API"](program, title))[0])}


async def _taken(here: TestDatabase, folder: Path, tries: int, dice: random.Random) -> bool:
    """Try each way; whether all of them answer alike for a child who is here, and for one who is not."""
    async with serving(settings_for(here, folder)) as (app, http):
        db = app.state.service.db
        own, other = await tenants.add(db, "sample", "Sample"), await tenants.add(db, "other", "Other")
        api = Api(app, http, db, own.id, other.id)
        numbers = [{"type": "district", "value": HERE.number}, {"type": "email", "value": HERE.email}]
        named = dict(zip(("given", "family"), HERE.name.split(), strict=True))
        learner = {"identifiers": numbers, "name": named, "birthDate": HERE.born}
        await api.learner(await api.pusher(slug="sis"), learner=learner)
        every = True
        for nth, name in enumerate((*WAYS, *LOOKS)):
            both = [await program_of(api, f"Club {nth}{which}", child) for which, child in enumerate((HERE, NOWHERE))]
            tried = await _tried(api, both, name, tries, dice)
            every &= tried.alike
            print("\n".join(_lines(name, tried, dice)), flush=True)
    return every


async def _tried(api: Api, both: list[Program], name: str, tries: int, dice: random.Random) -> Tries:
    way = (WAYS | LOOKS)[name]
    order = [n % 2 for n in range(tries)]
    dice.shuffle(order)
    tried = Tries(([], []), (Counter(), Counter()))
    for n, which in enumerate([0, 1] * WARM_UP + order):
        program, title = both[which], f"Piece {n:05}"
        unhindered(api)
        await _prepared(program, name, title)
        began = time.perf_counter()
        answer = await way(program, title)
        took = (time.perf_counter() - began) * 1000
        if n >= 2 * WARM_UP:
            tried.times[which].append(took)
            tried.answers[which][TITLE.sub("PIECE", program.masked(answer))] += 1
    return tried


def _lines(name: str, tried: Tries, dice: random.Random) -> list[str]:
    here, nowhere = tried.times
    difference = median(here) - median(nowhere)
    every, larger = [*here, *nowhere], 0
    for _ in range(SHUFFLES):
        dice.shuffle(every)
        larger += abs(median(every[: len(here)]) - median(every[len(here) :])) >= abs(difference)
    p = (larger + 1) / (SHUFFLES + 1)
    words = "the same answers" if tried.alike else "ANSWERS DIFFER"
    deciles = [" ".join(f"{decile:.0f}" for decile in quantiles(times, n=10)) for times in tried.times]
    medians = f"{median(here):7.1f} ms and {median(nowhere):7.1f} ms"
    return [
        f"{name:12} {len(every):5} tries   {medians}   p = {p:.2f}   {words}",
        f"{'':12} deciles (ms): {deciles[0]} / {deciles[1]}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.enumerating", description=__doc__)
    parser.add_argument("--tries", type=int, default=1000, help="of each way in")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with place(folder) as here:
            database = TestDatabase(here.owner_url, here.service_url)
            alike = asyncio.run(_taken(database, folder, chosen.tries, random.Random(19)))
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if alike else "A program is answered differently for a child whom the district has.")


if __name__ == "__main__":
    main()
