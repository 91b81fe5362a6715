"""Check the repository against the house rules, and mappings against their locks: `python -m tests.rules`."""

import sys
from pathlib import Path

from connectors import discover
from connectors.testing import lock
from tests.rules.check import broken


def main() -> int:
    """Print what is broken, one line each; 1 where there is anything."""
    root = Path(__file__).parents[2]
    complaints = [*broken(root), *filter(None, map(lock.complaint, discover().values()))]
    for line in complaints:
        print(line)
    print(f"house rules: {len(complaints)} broken" if complaints else "house rules: kept")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
