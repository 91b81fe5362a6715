"""Records what a source of one's own says, in the form of fixtures: `python -m connectors.testing.recording`.

    echo '{"base_url": "http://127.0.0.1:8080", "token": "…"}' | python -m connectors.testing.recording moodle FOLDER

writes `FOLDER/STREAM/pulled.json` for each stream: its raw records, some of each shape. What is recorded is what the
source said, names and all: record a site with invented learners.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from connectors import Connector, HttpSettings, Stream, named
from connectors.errors import SourceError
from connectors.testing.world import LOOPBACK

EACH = 2  # records of a shape


def main(arguments: Sequence[str] | None = None) -> int:
    """Record a source whose settings stand on standard input; 1 where a stream could not be read."""
    parser = argparse.ArgumentParser(prog="python -m connectors.testing.recording", description=__doc__)
    parser.add_argument("connector")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    settings = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Any])
    faults = asyncio.run(record(named(options.connector), settings, options.folder))
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


async def record(connector: Connector, settings: dict[str, Any], folder: Path) -> list[str]:
    """Write what each stream hands over; returns what could not be read, by stream. It costs that stream."""
    checked = connector.settings.model_validate(settings)
    if connector.client is None or not isinstance(checked, HttpSettings):
        return [f"{connector.name} is pushed to, or read from files: there is nothing to fetch"]
    checked = checked.within(LOOPBACK)
    faults = []
    async with connector.client(checked) as http:
        for stream in connector.streams_for(checked):
            if stream.pull is None:
                continue
            try:
                bodies = [bytes(body) async for page in stream.pull(http, None) for body in page.records]
            except SourceError as why:
                faults.append(f"{stream.name}: {why}")
                continue
            _write(folder, stream, bodies)
    return faults


def _write(folder: Path, stream: Stream, bodies: Sequence[bytes]) -> None:
    """Some records of each shape, in the order in which they came."""
    shapes: dict[tuple[str, ...], int] = {}
    samples = []
    for body in bodies:
        shape = tuple(sorted(set(_paths(msgspec.json.decode(body)))))
        shapes[shape] = shapes.get(shape, 0) + 1
        if shapes[shape] <= EACH:
            samples.append(body)
    target = folder / stream.name
    target.mkdir(parents=True, exist_ok=True)
    (target / "pulled.json").write_bytes(msgspec.json.format(b"[" + b",".join(samples) + b"]", indent=2) + b"\n")


def _paths(value: Any, path: str = "") -> Iterator[str]:
    """Where a record has a value, and of what type: what makes two records different to a mapping."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, f"{path}/")
    else:
        yield f"{path}:{type(value).__name__}"


if __name__ == "__main__":
    sys.exit(main())
