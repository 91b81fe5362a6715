"""Check the whole repository against the house rules: `python -m tests.rules` fails where one is broken."""

import sys
from pathlib import Path

from tests.rules.check import broken


def main() -> int:
    """Print what is broken, one line each; 1 where there is anything."""
    root = Path(__file__).parents[2]
    found = list(broken(root))
    for line in found:
        print(line)
    print(f"house rules: {len(found)} broken" if found else "house rules: kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
