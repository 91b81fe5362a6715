"""Rewrite what connectors' fixtures expect: `python -m connectors.testing.golden [CONNECTOR …] [--same-records]`.

The expected records, and the lock of the mapping. Read the difference before you commit it: what changed is what
learners' records will say. A mapping that changed while its connector's `version` did not is not locked anew, unless
you say that every record stays what it is: `--same-records`.
"""

import sys

import msgspec

from connectors import Connector, discover, folder_of
from connectors.testing import lock
from connectors.testing.fixtures import fixtures, mapped

SAME = "--same-records"


def main(arguments: list[str]) -> int:
    """Rewrite the golden files of the connectors named, or of all; 1 where a mapping's version is to be raised."""
    names = [name for name in arguments if name != SAME]
    rewritten = _expect(names)
    status = 0
    for name, connector in discover().items():
        if names and name not in names:
            continue
        if SAME in arguments and name in rewritten:
            sys.stdout.write(f"{name}: its expected records changed, so they are not the same: raise its `version`\n")
            status = 1
        else:
            status |= _lock(connector, same=SAME in arguments)
    return status


def _expect(names: list[str]) -> set[str]:
    """Rewrite the expected records; the connectors whose records changed."""
    rewritten = set()
    for fixture in fixtures(names):
        fresh = msgspec.json.format(msgspec.json.encode(mapped(fixture.stream, fixture.pages()).records), indent=1)
        before = fixture.expected.read_bytes() if fixture.expected.exists() else b""
        if msgspec.json.decode(before or b"null") == msgspec.json.decode(fresh):
            continue
        fixture.expected.write_bytes(fresh + b"\n")
        rewritten.add(fixture.connector.name)
        sys.stdout.write(f"{fixture}: rewritten\n")
    return rewritten


def _lock(connector: Connector, *, same: bool) -> int:
    diff = lock.difference(connector)
    if diff is None:
        return 0
    if diff.changed and not diff.raised and not same:
        sys.stdout.write(f"{lock.complaint(connector)}\n")
        return 1
    lock.write(folder_of(connector.name), lock.current(connector))
    sys.stdout.write(f"{connector.name}: locked at version {connector.version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
