"""The school year of a row whose results have days of their own, where no column says it: part of its key.

A file of seasons (`Fall Final Date`, `Winter Final Date`) has the same columns and learners next year: without the
year, the row of next year would take the place of this year's. Pure.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import msgspec

from connectors import Page
from connectors.assessment_file.layout import SCHOOL_YEAR, Layout
from connectors.assessment_file.sources import Cell, column_of
from connectors.dates import LATEST, NO_DAY, day_parser

FIRST_MONTH = 7
"""School years begin in July: tests in summer are of the year that follows."""

_decode = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode


def with_school_years(pages: Iterator[Page], layout: Layout) -> Iterator[Page]:
    """Pages with one more column, the school year of each row's earliest result; "" where none has a day.

    As they were where the layout's `tries` do not name it, or the file has it.
    """
    if SCHOOL_YEAR not in layout.tries:
        yield from pages
        return
    days = {
        source.column if isinstance(source, Cell) else source: source.dates or layout.dates
        if isinstance(source, Cell)
        else layout.dates
        for result in (layout.common, *layout.results)
        for source in (result.scored_on,)
        if isinstance(source, str | Cell) and column_of(source)
    }
    for page in pages:
        names = page.columns or ()
        if SCHOOL_YEAR in names:
            yield page
            continue
        parsers = [(index, day_parser(days[name])) for index, name in enumerate(names) if name in days]
        records = []
        for body in page.records:
            cells = _decode(body)
            parsed = (parser(cells[index], LATEST) for index, parser in parsers if cells[index])
            earliest = min((day for day in parsed if isinstance(day, date) and day not in NO_DAY), default=None)
            records.append(_encode([*cells, school_year(earliest) if earliest else ""]))
        yield replace(page, columns=(*names, SCHOOL_YEAR), records=records)


def school_year(day: date) -> str:
    """The school year of a day, as 2025-2026."""
    begins = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{begins}-{begins + 1}"
