"""Numbers with decimal commas: read where semicolons stand between cells, and nowhere else."""

import msgspec
import pytest

from connectors import Page
from connectors.kit.decimal_commas import with_points


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("80,5", "80.5"),
        ("1.090,25", "1090.25"),
        ("-7,5 ", "-7.5"),
        ("1,090", "1,090"),
        ("1.090,255", "1090.255"),
        ("95", "95"),
        ("4,5,6", "4,5,6"),
        ("3,5 L", "3,5 L"),
    ],
)
def test_a_number_has_a_point_where_that_is_certain(cell: str, number: str) -> None:
    """Three digits behind a comma may be thousands or thousandths."""
    page = Page([msgspec.json.encode(["100001", cell, cell])], ("ID", "Score", "Note"), file="rc.csv", lines=[2])
    [pointed] = with_points([page], [1])
    assert msgspec.json.decode(pointed.records[0]) == ["100001", number, cell]
    assert pointed.notes == (["rc.csv line 2: numbers are read with decimal commas"] if number != cell else page.notes)
