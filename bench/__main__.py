"""`make bench`: every figure beside its raw limit, in one run on this machine."""

import argparse
import shutil
import tempfile
from pathlib import Path

from app.start import tune_garbage_collection
from bench import assessments, client, competency, credentials, linkage, load, record, serve
from bench.competency import GROUP
from bench.figures import show
from bench.place import place


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--learners", type=int, default=50_000, help="size of the district that is loaded")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    chosen = parser.parse_args()
    tune_garbage_collection()  # as `tessera` does
    if not client.WRK:
        print(client.HINT)
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as someone else and must get through
    try:
        load.prepare(folder, chosen.learners)
        rounds = []
        for _ in range(chosen.rounds):
            with place(folder) as here:
                stored = load.figures(here) + serve.figures(here)
                stored += competency.figures(here, max(GROUP, chosen.learners // 50))
                stored += credentials.issued(here)
                stored += record.figures(here)
                stored += assessments.figures(here)
            rounds.append(stored + credentials.figures() + linkage.figures())
        show(rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
