"""`python -m bench.enumerating`: whether a program learns by time who goes to school, by 1,000 tries of each way in.

Half of the tries are of a child whom the district has, half of one whom it does not, in random order. That answers and
work are the same is a test (`tests/programs/test_enumerating.py`); this takes the time.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from app.db.access import tenants
from bench.place import place
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for
from tests.support.enumerating import HERE, NOWHERE, WAYS, prepare, program_of, unhindered

SHUFFLES = 2000
WARM_UP = 10


async def _taken(here: TestDatabase, folder: Path, tries: int, dice: random.Random) -> dict[str, list[list[float]]]:
    """For each way in, the times (ms) of the tries of a child who is here, and of one who is not."""
    async with serving(settings_for(here, folder)) as (app, http):
        db = app.state.service.db
        own, other = await tenants.add(db, "sample", "Sample"), await tenants.add(db, "other", "Other")
        api = Api(app, http, db, own.id, other.id)
        numbers = [{"type": "district", "value": HERE.number}, {"type": "email", "value": HERE.email}]
        named = dict(zip(("given", "family"), HERE.name.split(), strict=True))
        learner = {"identifiers": numbers, "name": named, "birthDate": HERE.born}
        await api.learner(await api.pusher(slug="sis"), learner=learner)
        spent: dict[str, list[list[float]]] = {}
        for nth, (name, way) in enumerate(WAYS.items()):
            both = [await program_of(api, f"Club {nth}{which}", child) for which, child in enumerate((HERE, NOWHERE))]
            order = [n % 2 for n in range(tries)]
            dice.shuffle(order)
            times: list[list[float]] = [[], []]
            for n, which in enumerate([0, 1] * WARM_UP + order):
                unhindered(api)
                if name in ("badge", "address"):
                    await prepare(both[which], f"Piece {n:05}")
                began = time.perf_counter()
                await way(both[which], f"Piece {n:05}")
                if n >= 2 * WARM_UP:
                    times[which].append((time.perf_counter() - began) * 1000)
            spent[name] = times
            print(_line(name, times[0], times[1], dice), flush=True)
    return spent


def _line(name: str, here: list[float], nowhere: list[float], dice: random.Random) -> str:
    difference = median(here) - median(nowhere)
    every, larger = [*here, *nowhere], 0
    for _ in range(SHUFFLES):
        dice.shuffle(every)
        larger += abs(median(every[: len(here)]) - median(every[len(here) :])) >= abs(difference)
    p = (larger + 1) / (SHUFFLES + 1)
    return f"{name:12} {len(every):5} tries   {median(here):7.1f} ms and {median(nowhere):7.1f} ms   p = {p:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.enumerating", description=__doc__)
    parser.add_argument("--tries", type=int, default=1000, help="of each way in")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with place(folder) as here:
            database = TestDatabase(here.owner_url, here.service_url)
            asyncio.run(_taken(database, folder, chosen.tries, random.Random(19)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
