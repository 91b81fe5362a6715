"""What frameworks are called, and how they write their codes: data of each framework, not of the code that reads them.

A framework is called by its title, by the initials of a title of three words and more (NGSS), by the names its family
has in `families.toml`, and by what people have added.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from app.frameworks.codes import Writing, writing

_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
INITIALS = 3
"""The fewest initials that are a name: two letters may be anybody's."""


class Family(NamedTuple):
    """Frameworks of one kind, whoever made the copy."""

    title: str
    names: frozenset[str]
    prefixes: tuple[str, ...]
    clusters: bool
    sites: frozenset[str] = frozenset()


class Naming(NamedTuple):
    """What a framework is called (spelled alike), and how it writes its codes."""

    framework: UUID
    names: frozenset[str]
    writing: Writing


def spelled(name: str) -> str:
    """A name without capitals, spaces and signs."""
    return "".join(character for character in name.casefold() if character.isalnum())


@cache
def families() -> Sequence[Family]:
    """The families of `families.toml`."""
    tables = tomllib.loads(files("app.frameworks").joinpath("families.toml").read_text("utf-8"))
    return [
        Family(
            spelled(family["title"]),
            frozenset(map(spelled, family["names"])),
            tuple(family["prefixes"]),
            family.get("clusters", False),
            frozenset(family.get("sites", ())),
        )
        for family in tables["family"]
    ]


def published_at(url: str) -> list[str]:
    """The titles of the families whose own site an address is on."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return []
    return [
        family.title for family in families() if any(host == site or host.endswith(f".{site}") for site in family.sites)
    ]


def naming(framework: UUID, title: str, names: Iterable[str] = (), prefixes: Iterable[str] = ()) -> Naming:
    """What a framework of this title is called. `names` and `prefixes` are what people have added."""
    called = {spelled(title), *map(spelled, names)}
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", title) if word[0].isupper()).casefold()
    if len(initials) >= INITIALS:
        called.add(initials)
    family = next(
        (known for known in families() if spelled(title).startswith(known.title) or spelled(title) in known.names), None
    )
    if family is None:
        return Naming(framework, frozenset(called), writing(prefixes))
    own = writing((*family.prefixes, *prefixes), clusters=family.clusters)
    return Naming(framework, frozenset(called | family.names | {family.title}), own)


class Namings:
    """The frameworks of a tenant, to ask what a name means."""

    def __init__(self, namings: Iterable[Naming]) -> None:
        self._namings = list(namings)
        self.by_writing: dict[Writing, set[UUID]] = {}
        for called in self._namings:
            self.by_writing.setdefault(called.writing, set()).add(called.framework)

    def called(self, name: str) -> set[UUID]:
        """The frameworks that are called so, or have that identifier, also in an address that ends with it."""
        if (identifier := _IDENTIFIER.search(name.casefold())) is not None:
            named_by = UUID(identifier[0])
            return {named.framework for named in self._namings if named.framework == named_by}
        spelling = spelled(name)
        return {named.framework for named in self._namings if spelling in named.names}
