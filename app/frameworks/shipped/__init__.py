"""Frameworks that come with Tessera: CASE 1.1 packages, compressed. README.md says whose they are."""

from importlib.resources import files

NAMES = ("ccss-math",)
"""What there is: Common Core State Standards for Mathematics."""


def package(name: str) -> bytes:
    """A shipped package, gzip. KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.case11.json.gz").read_bytes()
