"""Assessment files as vendors export them (MAP Growth, i-Ready, Star): one connector, one mapping file per layout."""

import hashlib
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from pydantic import Field, field_validator

from connectors import Connector, Part, SourceSettings, Stream
from connectors.assessment_file import client
from connectors.assessment_file.layout import Layout, parse
from connectors.assessment_file.layout_files import texts
from connectors.assessment_file.mapping import mapping
from connectors.assessment_file.terms import named_terms
from connectors.errors import ConfigError


@cache
def shipped() -> dict[str, Layout]:
    """The layouts that come with the connector, by name. A file that begins with `_` is only a base of others."""
    complete = ((name, text) for name, text in texts().items() if not name.startswith("_"))
    return {layout.name: layout for layout in (parse(text, name) for name, text in complete)}


class AssessmentFileSettings(SourceSettings):
    """Where a source's files have layouts of their own, `layouts` holds them."""

    layouts: tuple[str, ...] = Field((), description="more layouts, each the text of a TOML file (see the README)")

    @field_validator("layouts")
    @classmethod
    def _readable(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        names = set(shipped())
        for number, text in enumerate(texts, start=1):
            try:
                layout = _layout(text, f"layout {number}")
            except ConfigError as error:
                raise ValueError(str(error)) from None
            if layout.name in names:
                raise ValueError(f"layout {number}: there is a layout '{layout.name}' already, give it another name")
            names.add(layout.name)
        return texts


@cache
def _layout(text: str, name: str = "layout") -> Layout:
    return parse(text, name)


def _stream(layout: Layout, edition: str = "") -> Stream:
    identifying = tuple(dict.fromkeys(identifier.column for identifier in layout.person.identifiers))
    return Stream(
        name=layout.name,
        key=layout.key,
        also=tuple(column for column in layout.tries if column not in identifying and column not in layout.key),
        learner=tuple(column for column in identifying if column not in layout.key),
        tidy_cell=layout.tidy,
        tidy_cells=layout.tidy_days,
        tests=partial(named_terms, layout),
        map=mapping(layout),
        ignore=layout.ignored,
        edition=edition,
    )


@cache
def _own_stream(text: str) -> Stream:
    return _stream(_layout(text), hashlib.sha256(text.encode()).hexdigest()[:16])


def _own(settings: AssessmentFileSettings) -> tuple[Layout, ...]:
    return tuple(_layout(text) for text in settings.layouts)


def _file(path: Path, settings: AssessmentFileSettings) -> Iterable[Part]:
    return client.parts(path, tuple(shipped().values()), own=_own(settings))


def _more_streams(settings: AssessmentFileSettings) -> tuple[Stream, ...]:
    return tuple(_own_stream(text) for text in settings.layouts)


connector = Connector(
    name="assessment_file",
    title="Assessment files (MAP Growth, i-Ready, Star and your own layouts)",
    settings=AssessmentFileSettings,
    streams=tuple(_stream(layout) for layout in shipped().values()),
    tier="silver",
    rank=40,
    version=16,
    file=_file,
    more_streams=_more_streams,
)
