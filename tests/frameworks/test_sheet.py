"""Spreadsheets of competencies: read as spreadsheets save them, and nothing in them is lost in silence."""

from uuid import UUID

import pytest

from app.errors import ConfigError
from app.frameworks.author import Framework, Item, Level, package
from app.frameworks.sheet import read
from tests.support.frameworks import ident

ITEMS = "code,statement\nA,Reads\nB,Writes\n"
LEVELS = "rubric,criterion,level,score,competency\nR,Reads,Well,2,A\n"
ONE = ([Item("A", "Reads"), Item("B", "Writes")], [Level("R", "Reads", "Well", 2, None, "A")])


@pytest.mark.parametrize(
    "text",
    [
        ITEMS + "\n" + LEVELS,
        ITEMS + LEVELS,
        "\n\n" + ITEMS + "\n  \n\n" + LEVELS + "\n",
        (ITEMS + "\n" + LEVELS).replace("\n", "\r\n"),
        (ITEMS + "\n" + LEVELS).replace("\n", "\r"),
        "\ufeff" + ITEMS + ",\n,\n" + LEVELS,
        "code,statement,,,\nA,Reads,,,\nB,Writes,,,\n,,,,\n" + LEVELS,
        ITEMS.upper().replace("READS", "Reads").replace("WRITES", "Writes")
        + "\n"
        + LEVELS.replace("rubric,", "Rubric,"),
    ],
)
def test_it_is_read_however_a_spreadsheet_saved_it(text: str) -> None:
    assert read(text) == ONE


def test_cells_may_have_several_values_or_lines() -> None:
    [first, second], _ = read(
        'Code,Statement,After,Aligned to,Strength,Sensitivity\nA,"Reads,\n\nand listens",,,,SEL\n'
        "B,Writes,A ; A,6.RP.A.1; 6.RP.A.2,Mostly,\n"
    )
    assert (first.statement, first.sensitivity) == ("Reads,\n\nand listens", "sel")
    assert (second.after, second.aligned_to, second.strength) == (("A", "A"), "6.RP.A.1; 6.RP.A.2", "mostly")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("code,statement\nA,Reads, and writes\n", "line 2: 'and writes' stands in no column"),
        ("code,statement,\nA,Reads,well\n", "line 2: 'well' stands in no column"),
        ("code,statement,Statement\nA,Reads,Writes\n", "line 1: the column 'Statement' stands twice"),
        (ITEMS + "\nrubric,criterion,level,score\nR,c,l,much\n", "line 6: Expected `float | null`"),
        ('code,statement\nA,"Reads\n', "unexpected end of data"),
        ("code,statement\nA," + "x" * 140_000, "line 2: field larger"),
        (LEVELS, "there is no competency in it"),
        ("", "there is no competency in it"),
    ],
)
def test_what_would_be_lost_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("items", "levels", "why"),
    [
        ([Item(" A", "x"), Item("A ", "y")], [], "'A' stands for two"),
        ([Item(" ", "x")], [], "has a code and a statement"),
        ([Item("A", " ")], [], "has a code and a statement"),
        ([Item("A", "x")], [Level("R", "c", "l"), Level("R", "c", "l")], "'l' of 'R', 'c' stands twice"),
        ([Item("A", "x")], [Level("R", "c", "l", float("nan"))], "no number"),
        (
            [Item("A", "x"), Item("B", "y")],
            [Level("R", "c", "l", competency="A"), Level("R", "c", "m", competency="B")],
            "is of 'A' and 'B'",
        ),
    ],
)
def test_what_contradicts_itself_makes_no_package(items: list[Item], levels: list[Level], why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        package(
            UUID(ident("Own")),
            Framework("Own", "x"),
            items,
            levels,
            base="https://x.org",
            changed_at="2026-08-01T09:00:00Z",
        )
    assert why in str(refused.value)
