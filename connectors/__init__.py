"""The connector contract: one frozen value and plain functions, one folder per connector, nothing else to edit.

A connector folder `connectors/NAME/` holds `__init__.py` (a `Connector` named `connector`), `client.py` (I/O: pages),
`mapping.py` (pure: records), `fixtures/` and a README. `discover()` finds it, and those that other distributions
offer by entry point; the shared contract tests (`connectors/testing`) find them too.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, Self

from httpx import AsyncClient
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from connectors.errors import ConfigError
from connectors.fields import Fields
from connectors.limits import Limits
from schemas import AnyRecord
from schemas.codes import Setting

Tier = Literal["bronze", "silver", "gold"]


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of a page that is not even a record: a ragged CSV row, an item that is no object."""

    body: bytes
    reason: str
    position: str  # where in the page or file, in words: "users.csv line 17"


@dataclass(frozen=True, slots=True)
class Page:
    """Some raw records, verbatim, in the order the source gave them.

    Each record is the bytes of one JSON object or, where `columns` names the cells (CSV), of one JSON array of texts.
    `cursor` is where a next pull may resume once this page is stored; it commits in the page's own transaction.
    `notes` say what was guessed to read it, such as an encoding: the run's report shows them. `incomplete` says why the
    listing it belongs to is not known to be whole: what it lacks is then not taken to be gone. Of a text file, `lines`
    are those at which its records begin, and `file` is its name.
    """

    records: Sequence[bytes]
    columns: tuple[str, ...] | None = None
    cursor: str | None = None
    rejects: Sequence[Reject] = ()
    notes: Sequence[str] = ()
    incomplete: str = ""
    file: str | None = None
    lines: Sequence[int] = ()

    def place(self, pos: int) -> str | None:
        """Where in its file a record is, in words; None where that is not known."""
        if self.file is None or len(self.lines) != len(self.records):
            return None
        return f"{self.file} line {self.lines[pos]}"


@dataclass(frozen=True, slots=True)
class Part:
    """One stream's share of a file. `complete`: it lists everything, so that absence says what the stream declares.

    `distinct`: each key stands for one row; two rows of one key that differ are a question for a person, not an update.
    """

    stream: str
    name: str
    pages: Iterable[Page]
    complete: bool = False
    distinct: bool = False


Pull = Callable[[AsyncClient, str | None], AsyncIterator[Page]]
"""Pull a stream's pages, from the start (None) or from a cursor an earlier page carried."""

Probe = Callable[[AsyncClient], Awaitable[None]]
"""Ask a stream for as little as possible. SourceError or ConfigError where a pull of it would fail."""

One = Callable[[AsyncClient, str], Awaitable[bytes | None]]
"""Ask for one record by its key; None where the source has none of that key."""

Map = Callable[[Fields], Iterable[AnyRecord]]
"""Say one raw record in canonical terms. Pure: no clock, no settings, no I/O."""


class Absence(Enum):
    """What it means that a full listing no longer has a record. It never means that the record was wrong.

    Only what a source says (deleted, withdrawn, voided) retracts a record: a mapping says that by `withdrawn`.
    """

    SAYS_NOTHING = "says nothing"
    """The stream is no full listing: a window, a delta, a push."""
    ENDED = "ended"
    """What was running is over, such as an enrollment: on the day of the listing, unless an earlier end was told."""
    LEFT = "left"
    """A person has left: who they are and what they learned stays; where they are now is over."""
    UNLISTED = "unlisted"
    """It stays as it was, and is shown as no longer listed: a result, a rating, a class, a term."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of raw record of a source.

    `key` names the top-level fields that identify a raw record at the source (several are joined by "|"). `version`
    names the field with the source's own modification time: an older version never overwrites a newer one. `ignore` is
    the documented scope: fields known and not wanted. `absence` says what it means that a full pull lists a record no
    more, of all that it says or by kind of record ("enrollment"); a stream for which it says nothing is never compared.
    `repeats`: a listing may have several rows of one key, all true at once (a person at two schools).
    `voids`: a record may take back another one of the stream: it says `Gone` with that one's key. `rights` are what a
    token needs for it, in the source's own words. `needs` names the streams without which it is not asked for: where
    one of them failed, it waits for the next run. `probe` asks for one record, to test a connection. `also` are fields
    that tell records apart too and may be blank; of `learner` the first that is filled does. `tidy` makes equal what
    means the same in a part of a key of an API, `tidy_cell` in one of a file's row: spreadsheets change ids;
    `tidy_cells` by the columns that have another way. `tests` says of
    a file's columns which tests its rows are of, where that is in the columns' names alone: a row of fall and one of
    winter are two, though all cells of their keys are the same. `edition` changes with a mapping that is a source's
    own, as `version` of the connector does with the connector's. `pushed`: tools may write it to us, too. `whole_only`:
    only a full listing asks for it, and a sync of changes passes it over.
    """

    name: str
    key: tuple[str, ...]
    map: Map
    pull: Pull | None = None
    version: str | None = None
    ignore: frozenset[str] = frozenset()
    absence: Absence | Mapping[str, Absence] = field(default=Absence.SAYS_NOTHING, hash=False)
    repeats: bool = False
    voids: bool = False
    rights: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    probe: Probe | None = None
    one: One | None = None
    also: tuple[str, ...] = ()
    learner: tuple[str, ...] = ()
    tidy: Callable[[str], str] | None = None
    tidy_cell: Callable[[str], str] | None = None
    tidy_cells: Mapping[str, Callable[[str], str]] = field(default_factory=dict, hash=False)
    tests: Callable[[tuple[str, ...]], str] | None = None
    edition: str = ""
    pushed: bool = False
    whole_only: bool = False

    @property
    def complete(self) -> bool:
        """Whether a full pull lists everything, so that absence means something."""
        return self.absence is not Absence.SAYS_NOTHING

    def absence_of(self, kind: str) -> Absence:
        """What absence means for a kind of record."""
        return self.absence if isinstance(self.absence, Absence) else self.absence.get(kind, Absence.SAYS_NOTHING)


Listing = partial(Stream, key=("id",))
"""A stream of records known by their `id`, all of which each full pull lists: its `absence` says what is not."""


class SourceSettings(BaseModel):
    """What every source can be told. A connector's own settings extend it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    setting: Setting | None = Field(
        None, description="where this source's learning happens, if not where its connector assumes"
    )
    issuers: dict[str, str] = Field(
        default_factory=dict,
        description="identifier type to issuer, where it is another authority's: {'sourced': 'sis'}",
    )
    types: dict[str, str] = Field(
        default_factory=dict,
        description="identifier type to type, where a field is used for another: {'district': 'state'}",
    )
    _limits: Limits = PrivateAttr(default_factory=Limits)

    @property
    def limits(self) -> Limits:
        """What the operator allows, whatever the tenant has set: nothing private, unless `within` says more."""
        return self._limits

    def within(self, limits: Limits) -> Self:
        """A copy of the settings, within these limits."""
        bounded = self.model_copy()
        bounded._limits = limits  # noqa: SLF001  our own kind
        return bounded

    def complaints(self) -> list[str]:
        """What the operator's limits do not allow of these settings, each with its setting's name."""
        return []

    def urls(self) -> dict[str, str]:
        """The addresses that are spoken to, and so are shown secrets, by the names of their settings."""
        return {}


class HttpSettings(SourceSettings):
    """What every source reached over HTTP can be told."""

    base_url: str = Field(
        description="where the source's API begins, e.g. https://sis.example.org/ims/oneroster/rostering/v1p2"
    )
    request_seconds: float = Field(
        60, gt=0, description="the most time one request may take in all, in seconds; the operator sets the ceiling"
    )
    response_bytes: int = Field(
        64 * 1024 * 1024,
        gt=0,
        description="the most bytes one response may have, decompressed; the operator sets the ceiling",
    )

    def complaints(self) -> list[str]:
        """What the operator's limits do not allow of these settings, each with its setting's name."""
        addresses = {name: value for name, value in self.urls().items() if value}
        refused = [f"{name}: {why}" for name, url in addresses.items() if (why := self.limits.complaint(url))]
        return refused + [
            f"{name}: at most {most:,} (the operator sets the ceiling)"
            for name in ("request_seconds", "response_bytes")
            if getattr(self, name) > (most := getattr(self.limits, name))
        ]

    def urls(self) -> dict[str, str]:
        """The addresses that are spoken to, and so are shown secrets, by the names of their settings."""
        return {name: str(getattr(self, name) or "") for name in type(self).model_fields if name.endswith("_url")}


def no_streams(_settings: Any) -> tuple[Stream, ...]:
    """The streams a connector's settings add: none."""
    return ()


@dataclass(frozen=True, slots=True)
class Connector:
    """A standard or a product Tessera can take records from.

    `version` is the mapping's: raise it when a mapping changes, and every record is mapped again at the next sync or
    replay. `rank` says whose word comes first where sources disagree (lower first: a SIS before an LMS before a tool).
    """

    name: str
    title: str
    settings: type[SourceSettings]
    streams: tuple[Stream, ...]
    tier: Tier
    rank: int
    setting: Setting = "in-school"
    version: int = 1
    client: Callable[[Any], AsyncClient] | None = None
    check: Callable[[AsyncClient], Awaitable[str]] | None = None
    file: Callable[[Path, Any], Iterable[Part]] | None = None
    more_streams: Callable[[Any], tuple[Stream, ...]] = no_streams

    def streams_for(self, settings: Any) -> tuple[Stream, ...]:
        """All streams of a source with these settings. A stream its settings add replaces one of the same name."""
        return tuple({stream.name: stream for stream in (*self.streams, *self.more_streams(settings))}.values())


ENTRY_POINTS = "tessera.connectors"
"""The group of entry points under which other distributions offer connectors: `acme = "acme_tessera:connector"`."""
NOT_CONNECTORS = {"kit", "testing"}


@cache
def discover() -> dict[str, Connector]:
    """Every connector by name: those in this folder, and those that installed distributions offer.

    ConfigError where two have one name, or what is offered is no connector.
    """
    connectors: dict[str, Connector] = {
        info.name: importlib.import_module(f"{__name__}.{info.name}").connector
        for info in pkgutil.iter_modules(__path__)
        if info.ispkg and info.name not in NOT_CONNECTORS
    }
    for offered in entry_points(group=ENTRY_POINTS):
        connector = offered.load()
        if not isinstance(connector, Connector) or connector.name != offered.name:
            raise ConfigError(f"'{offered.value}' offers no connector named '{offered.name}': mend its entry point")
        if offered.name in connectors:
            raise ConfigError(f"two connectors are named '{offered.name}': uninstall '{offered.value}', or rename it")
        connectors[offered.name] = connector
    return connectors


def folder_of(name: str) -> Path:
    """The folder of a connector: its README and its fixtures are there. ConfigError where there is none."""
    named(name)
    module = next((point.module for point in entry_points(group=ENTRY_POINTS, name=name)), f"{__name__}.{name}")
    file = importlib.import_module(module).__file__
    assert file is not None
    return Path(file).parent


def named(name: str) -> Connector:
    """The connector of that name; ConfigError where there is none."""
    try:
        return discover()[name]
    except KeyError:
        raise ConfigError(f"no connector '{name}': there are {', '.join(sorted(discover()))}") from None
