"""Who was tested, where, in which term and by which test: the tables of a layout beside its results."""

from typing import Literal

from pydantic import Field

from connectors.assessment_file.sources import Cell, Fixed, Source, Table
from schemas.codes import IdentifierType, SessionType


class IdentifierColumn(Table):
    """A column that identifies the person; `issuer` where another authority than the source's own gave it."""

    type: IdentifierType
    column: str
    issuer: str | None = None


class NameColumn(Table):
    """A column with the whole name, and the order of its parts; `full` where they cannot be told apart."""

    column: str
    form: Literal["full", "family, given", "given family"] = "full"


class PersonColumns(Table):
    """Who was tested. The first identifier that a row has is the person's key: list the strongest first."""

    identifiers: tuple[IdentifierColumn, ...] = Field(min_length=1)
    given: Source | None = None
    family: Source | None = None
    middle: Source | None = None
    name: NameColumn | None = None
    email: str | None = None
    birth_date: str | Cell | None = None
    grade: Source | None = None


class OrgColumns(Table):
    """A school or district: known by its `id` where the row has one, else by its name."""

    name: str
    id: str | None = None


class SessionColumns(Table):
    """The term or year of the test; its title is the cells (or fixed words) of `title`, joined by a space."""

    title: tuple[str | Fixed, ...] = Field(min_length=1)
    type: SessionType
    school_year: str | None = None
    begins: str | None = None
    ends: str | None = None


class ItemColumns(Table):
    """The test itself. Rows alike in `key` (columns) are of the same test; `suffix` tells those of a row apart."""

    title: Source
    category: Source | None = None
    key: tuple[str, ...] = ()
    suffix: str = ""
