"""Growth: what a learner costs in a small district and in larger ones, loaded, synced again, settled and read.

`python -m bench.growth --learners 10000 60000`; no part of `make bench`, since the sizes that matter take long. Figures
are shares of the same at the smallest size.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app.db import Database
from app.db.records import learners
from bench.figures import Figure, show
from bench.load import MEMORY, prepare
from bench.meter import Meter
from bench.place import Place, place

READ = 2000
SETTLING_MEMORY = 200
"""MB that settling may take, whatever the size."""
STEPS = {"fresh": "load", "again": "load again, unchanged", "settle": "settle", "read": "read a header"}


def measured(folder: Path, size: int) -> dict[str, float]:
    """CPU-seconds per learner of each step (of reading, per header), and peak memory in MB."""
    files = folder / str(size)
    files.mkdir()
    prepare(files, size)
    with place(folder) as here:
        command = [sys.executable, "-m", "bench.load", "rest", here.service_url, str(files), str(here.postmaster)]
        spent = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        reading = asyncio.run(_read(here, spent["tenant"]))
    shutil.rmtree(files)
    per_learner = {step: spent[step] / spent["settled"] for step in ("fresh", "again", "settle")}
    return {**per_learner, "read": reading, "loading_mb": spent["loading_mb"], "settling_mb": spent["settling_mb"]}


async def _read(here: Place, tenant: int) -> float:
    """CPU-seconds of one header of many, each read once."""
    meter = Meter((os.getpid(), here.postmaster))
    async with Database(here.service_url, 2) as db:
        async with db.transaction(tenant) as tx:
            listed = await learners.listed(tx, after=None, since=None, limit=READ)
        with meter.spent() as spent:
            for learner in listed:
                await learners.row(db, tenant, learner.id)
    return spent.cpu / len(listed)


def figures(folder: Path, sizes: list[int]) -> list[Figure]:
    """One round."""
    by_size = {size: measured(folder, size) for size in sizes}
    first = by_size[sizes[0]]
    rows = []
    for size, of in by_size.items():
        rows += [
            Figure(f"{size:,} learners: {name}", "CPU-ms", of[step] * 1000, first[step] * 1000, 1.2, ceiling=True)
            for step, name in STEPS.items()
        ]
        rows += [
            Figure(f"{size:,} learners: peak memory, loading", "MB", of["loading_mb"], None, MEMORY, ceiling=True),
            Figure(f"{size:,} learners: settling", "MB", of["settling_mb"], None, SETTLING_MEMORY, ceiling=True),
        ]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--learners", type=int, nargs="+", default=[20_000, 300_000], help="sizes of the district")
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is measured")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        show([figures(folder, chosen.learners) for _ in range(chosen.rounds)])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
