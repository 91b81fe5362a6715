"""Rewrite the expected records of connectors' fixtures: `python -m connectors.testing.golden [CONNECTOR …]`.

Read the difference before you commit it: what changed is what learners' records will say.
"""

import sys

import msgspec

from connectors.testing.fixtures import fixtures, said


def main(wanted: list[str]) -> None:
    """Rewrite the golden files of these connectors; of all where none is named."""
    for fixture in fixtures(wanted):
        fresh = msgspec.json.format(msgspec.json.encode(said(fixture.stream, fixture.pages()).records), indent=1)
        before = fixture.expected.read_bytes() if fixture.expected.exists() else b""
        if msgspec.json.decode(before or b"null") == msgspec.json.decode(fresh):
            continue
        fixture.expected.write_bytes(fresh + b"\n")
        sys.stdout.write(f"{fixture}: rewritten\n")


if __name__ == "__main__":
    main(sys.argv[1:])
