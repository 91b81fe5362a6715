"""What a result of a layout is made of: its values, what is kept with it, when it exists."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator

from connectors.assessment_file.columns import ItemColumns, SessionColumns
from connectors.assessment_file.names import is_pattern
from connectors.assessment_file.sources import Condition, Reading, Source, Table, column_of, several

READINGS: dict[str, Reading] = {
    "title": "text",
    "subject": "text",
    "score": "number",
    "text_score": "text",
    "narrative": "text",
    "minimum": "number",
    "maximum": "number",
    "unit": "text",
    "level": "text",
    "standard_error": "number",
    "percentile": "number",
    "passed": "flag",
    "method": "method",
    "status": "status",
    "scored_on": "day",
    "scored_at": "moment",
    "withdrawn": "flag",
    "objective_name": "text",
    "objective_code": "text",
    "objective_framework": "text",
    "objective_url": "text",
}
"""How the cells of each target of a result are read."""

TOLD = frozenset({"score", "text_score", "level", "passed", "narrative"})
"""A row tells a result where it fills a column of one of these."""

Conditions = Annotated[tuple[Condition, ...], BeforeValidator(several)]


class Common(Table):
    """What every result of a row shares: see `schemas.gradebook.Result` for the meaning of each."""

    title: Source | None = None
    subject: Source | None = None
    score: Source | None = None
    text_score: Source | None = None
    narrative: Source | None = None
    minimum: Source | None = None
    maximum: Source | None = None
    unit: Source | None = None
    level: Source | None = None
    standard_error: Source | None = None
    percentile: Source | None = None
    passed: Source | None = None
    method: Source | None = None
    status: Source | None = None
    scored_on: Source | None = None
    scored_at: Source | None = None
    withdrawn: Source | None = None
    objective_name: Source | None = None
    objective_code: Source | None = None
    objective_framework: Source | None = None
    objective_url: Source | None = None

    def targets(self) -> Iterator[tuple[str, Reading, Source]]:
        """Every target that has a source, and how it is read."""
        for target, reading in READINGS.items():
            source = getattr(self, target)
            if source is not None:
                yield target, reading, source


class ResultColumns(Common):
    """One result of a row: the whole test, or a domain, goal or standard of it; of all rows, or of some (`when`).

    `key` names the columns that tell this result from others (the layout's own key where absent); `suffix` tells
    the results of one row apart. `keep` are columns that say more about it, kept as they are in its extensions.
    `exists_with`: columns that make it exist too, such as a status. `item` and `session`: where they are its own.
    """

    key: tuple[str, ...] | None = None
    suffix: str = ""
    when: Conditions = ()
    keep: tuple[str, ...] = ()
    exists_with: tuple[str, ...] = ()
    item: ItemColumns | None = None
    session: SessionColumns | None = None

    def columns(self) -> Iterator[str]:
        """The columns it is made of, and those that it keeps by their names."""
        named = (column_of(source) for _, _, source in self.targets())
        yield from (column for column in named if column is not None)
        yield from (column for column in (*self.keep, *self.exists_with, *(self.key or ())) if not is_pattern(column))


def told_columns(result: ResultColumns) -> tuple[str, ...]:
    """The columns of which a row must fill one for a result to exist."""
    values = (column_of(source) for target, _, source in result.targets() if target in TOLD)
    return (*(column for column in values if column is not None), *result.exists_with)
