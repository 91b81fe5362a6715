"""RDFC-1.0: the W3C suite, and graphs made to keep a verifier busy."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from app.credentials.errors import TooMuchWork
from app.credentials.jsonld.rdfc import canonical, issued
from app.credentials.jsonld.work import STEPS, Work
from tests.support import nquads

ENTRIES = 86


def test_every_entry_of_the_suite(published: Path) -> None:
    folder = published / "vectors" / "w3c-rdfc10"
    entries = json.loads((folder / "manifest.jsonld").read_text())["entries"]
    assert len(entries) == ENTRIES
    for entry in entries:
        quads = nquads.read((folder / entry["action"]).read_text())
        algorithm = entry.get("hashAlgorithm", "SHA256").lower()
        if entry["type"].endswith("NegativeEvalTest"):
            with pytest.raises(TooMuchWork):
                canonical(quads, Work(), algorithm)
        elif entry["type"].endswith("MapTest"):
            names = {
                name[2:]: label[2:] for name, label in issued(list(dict.fromkeys(quads)), Work(), algorithm).items()
            }
            assert names == json.loads((folder / entry["result"]).read_text()), entry["id"]
        else:
            assert canonical(quads, Work(), algorithm) == (folder / entry["result"]).read_text(), entry["id"]


@pytest.mark.parametrize("nodes", [7, 8, 20, 60])
def test_a_clique_is_refused_after_a_fixed_number_of_steps(nodes: int) -> None:
    quads = [(f"_:{node}", "<urn:p>", f"_:{other}", "") for node, other in permutations(range(nodes), 2)]
    work = Work()
    with pytest.raises(TooMuchWork, match="give them ids"):
        canonical(quads, work)
    assert -nodes <= work.steps < 0
    assert STEPS == 30_000  # at 2 microseconds or less a step, well within 100 ms


def test_the_order_and_the_names_do_not_matter() -> None:
    quads = [("_:x", "<urn:p>", "_:y", ""), ("_:y", "<urn:p>", '"a"', ""), ("_:z", "<urn:p>", "_:y", "")]
    renamed = [("_:q", "<urn:p>", "_:r", ""), ("_:s", "<urn:p>", "_:r", ""), ("_:r", "<urn:p>", '"a"', "")]
    assert canonical(quads) == canonical(renamed)
