"""Tables that people open in a spreadsheet: as CSV, in which no cell is taken for a formula. Pure."""

import csv
import io
from collections.abc import Iterable

_SIGNS = "=+-@\t\r"


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV (RFC 4180). None is an empty cell; a `'` keeps a spreadsheet from computing a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"); a sign alone, or a number, is none."""
    if len(cell) > 1 and cell[0] in _SIGNS and not cell[1:].replace(".", "", 1).isdigit():
        return f"'{cell}"
    return cell
