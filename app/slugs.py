"""Short names for addresses, made of the names that people give."""

import re

from anyascii import anyascii


def slug_of(name: str, *, otherwise: str, most: int = 40) -> str:
    """A name as it stands in addresses: `Sample Valley Unified` is `sample-valley-unified`, `Ñuñoa` is `nunoa`.

    Letters of any script are told in Latin ones. `otherwise`: for a name that has none that can be; `most`: characters.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", anyascii(name).casefold())
    return slug.strip("-")[:most].strip("-") or otherwise


def numbered(slug: str, number: int) -> str:
    """The short name for the number-th of those that would have the same: `lake`, `lake-2`, `lake-3`."""
    return slug if number == 1 else f"{slug}-{number}"


def same_name(name: str, other: str) -> bool:
    """Whether two names are told apart by nothing but case, spaces and signs."""
    return _words(name) == _words(other)


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip() or name
