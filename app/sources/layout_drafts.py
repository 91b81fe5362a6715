"""A layout drafted from a file on a page: what each column is taken for, and what some learners' rows become."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from connectors.assessment_file import shipped
from connectors.assessment_file.layout import parse
from connectors.assessment_file.looking import Tried, columns_of, drafted_as, fates, reader_of, tried
from connectors.assessment_file.profile import Role

TRIED = 3
"""So many learners are shown before and after."""

SHOWN = 200
"""So many columns are shown with a choice: of a wider file the others are as drafted."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """A column: what it is taken for; what becomes of it (`mapped`, `kept`, `ignored`, `unknown`); examples; words that
    are not understood, with their counts.
    """

    name: str
    role: Role
    fate: str
    examples: tuple[str, ...]
    odd: dict[str, int]


@dataclass(frozen=True, slots=True)
class LayoutDraft:
    """A draft: its text in TOML, its columns, what is doubted, and learners before and after."""

    text: str
    columns: list[DraftColumn]
    doubts: list[str]
    trials: list[Tried]


def reading_layout(path: Path, own: tuple[str, ...]) -> str | None:
    """The name of the layout that reads a file as it is, a source's `own` or a shipped one; None where none does."""
    return reader_of(path, [*map(parse, own), *shipped().values()])


def draft_of(path: Path, name: str, title: str, roles: Mapping[str, Role]) -> LayoutDraft:
    """A layout for a file, with the `roles` that a person gives columns. Nothing is stored.

    ConfigError for a file that no layout can be for, in words that say why.
    """
    text = drafted_as(path, name, title, roles)
    layout = parse(text)
    looks = {column.name: column.role for column in columns_of(path)} | dict(roles)
    columns = [
        DraftColumn(
            taken.column,
            looks.get(taken.column, "other"),
            "kept" if taken.column in layout.keep else taken.fate,
            taken.examples,
            taken.odd,
        )
        for taken in fates(path, [layout])
    ]
    doubts = [line.removeprefix("# DOUBT: ") for line in text.splitlines() if line.startswith("# DOUBT: ")]
    return LayoutDraft(text, columns, doubts, list(tried(path, [layout], TRIED)))
