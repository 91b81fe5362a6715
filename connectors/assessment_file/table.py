"""What is made of the layouts: a table in the docs, the JSON Schema. `python -m connectors.assessment_file.table`."""

import json
from pathlib import Path

from connectors.assessment_file import shipped
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.schema import layout_schema
from connectors.assessment_file.sources import Fixed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs/layouts.md"
SCHEMA = ROOT / "schemas/layout.schema.json"
BEGINS, ENDS = "<!-- layouts: begin -->", "<!-- layouts: end -->"
SHOWN = 6
"""So many results of a layout are named; of others their number is."""


def table() -> str:
    """The table in Markdown, one row a layout."""
    lines = [
        "| layout | file | years | told apart by | what is read | what is ignored (columns or patterns), and why |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(layout) for _, layout in sorted(shipped().items())]
    return "\n".join(lines)


def _row(layout: Layout) -> str:
    vendor = f" ({layout.vendor})" if layout.vendor else ""
    keys = ", ".join(f"`{column}`" for column in dict.fromkeys((*layout.key, *layout.tries)))
    ignored = "; ".join(f"{reason} ({len(columns)})" for reason, columns in sorted(layout.ignore.items()))
    cells = (f"`{layout.name}`", f"{layout.title}{vendor}", layout.years, keys, _read(layout), ignored or "nothing")
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _read(layout: Layout) -> str:
    """The results of a layout by their titles: those of its own, or the columns that have them."""
    titles = dict.fromkeys(
        str(source.fixed) if isinstance(source, Fixed) else f"by `{getattr(source, 'column', source)}`"
        for result in layout.results
        for source in (result.objective_name or result.title or layout.common.title or layout.item.title,)
    )
    named = "; ".join(list(titles)[:SHOWN])
    return f"{named}; and {len(titles) - SHOWN} more" if len(titles) > SHOWN else named


def written(text: str) -> str:
    """A document with the table as it is now."""
    before, _, rest = text.partition(BEGINS)
    return f"{before}{BEGINS}\n{table()}\n{ENDS}{rest.partition(ENDS)[2]}"


def schema_text() -> str:
    """The JSON Schema as it is shipped."""
    return json.dumps(layout_schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    DOCS.write_text(written(DOCS.read_text("utf-8")), "utf-8")
    SCHEMA.write_text(schema_text(), "utf-8")
