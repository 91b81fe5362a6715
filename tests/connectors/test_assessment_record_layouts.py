"""Files of fixed width, drafted from the vendor's own table of positions."""

from pathlib import Path

import pytest

from app.__main__ import main
from connectors.assessment_file.drafting import draft
from connectors.assessment_file.layout import parse
from connectors.assessment_file.looking import drafted, fates, tried
from connectors.assessment_file.record_layout import read_positions
from connectors.errors import ConfigError
from schemas import Person, Result

PLACES = {
    "Test": (1, 4),
    "SSID": (5, 10),
    "Last Name": (11, 17),
    "Test Date": (18, 25),
    "Scale Score": (26, 28),
    "Filler": (29, 30),
    "Filler (2)": (31, 31),
}
LINES = "ELA 605001SAMPLE 10162023107  X\nMATH605002TESTER 10172023 95\n"


PLAIN = """name,begin,end
Test,1,4
SSID,5,10
Last Name,11,17
Test Date,18,25
Scale Score,26,28
Filler,29,30
Filler,31,31
"""
LENGTHS = """Field Name,Start Position,Length
Test,1,4
SSID,5,6
Last Name,11,7
Test Date,18,8
Scale Score,26,3
Filler,29,2
Filler,31,1
"""
GUIDE = """2025 File Layout

Item,Columns,Data Element,Values
1,1-4,Test,"ELA, MATH"
2,5 - 10,SSID,
3,11 to 17,Last Name,
4,18\u201325,Test Date,MMDDYYYY
5,26-28,Scale Score,
6,29-30,Filler,
7,31,Filler,blank
"""
SEMICOLONS = PLAIN.replace("name,begin,end", "Column,From,To").replace(",", ";")


@pytest.mark.parametrize("table", [PLAIN, LENGTHS, GUIDE, SEMICOLONS])
def test_a_record_layout_is_read_as_vendors_write_it(table: str, tmp_path: Path) -> None:
    path = tmp_path / "layout.csv"
    path.write_text(table, "utf-8")
    assert read_positions(path) == PLACES


def test_a_file_of_fixed_width_is_drafted_from_its_record_layout(tmp_path: Path) -> None:
    file = tmp_path / "state.txt"
    file.write_text(LINES, "utf-8")
    layout = parse(drafted(file, positions=PLACES))
    assert layout.positions == PLACES
    assert {fate.fate for fate in fates(file, [layout])} <= {"mapped", "kept"}
    ada, bea = tried(file, [layout], 9)
    assert [record.score for record in ada.records if isinstance(record, Result)] == [107]
    assert [str(record.scored_on) for record in bea.records if isinstance(record, Result)] == ["2023-10-17"]
    assert [record.key for record in bea.records if isinstance(record, Person)] == ["state:605002"]


def test_the_command_takes_a_record_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, table = tmp_path / "state.txt", tmp_path / "layout.csv"
    file.write_text(LINES, "utf-8")
    table.write_text("name,begin,end\n" + "\n".join(f"{name},{a},{z}" for name, (a, z) in PLACES.items()), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["layout", "draft", str(file), "--positions", str(table)])
    assert not ended.value.code
    assert parse(capsys.readouterr().out).positions == PLACES


@pytest.mark.parametrize("table", ["name,type\nTest,A", "Test,1,4\nSSID,5,10", "name,begin,end\nTest,x,y"])
def test_a_table_without_places_is_refused_in_words(table: str, tmp_path: Path) -> None:
    path = tmp_path / "layout.csv"
    path.write_text(table, "utf-8")
    with pytest.raises(ConfigError, match="has no table with the name, the begin and the end"):
        read_positions(path)


def test_a_social_security_number_is_no_number_of_a_draft() -> None:
    header = ["Social Security Number", "Student ID", "Score"]
    layout = parse(draft("check", "Check", header, [[f"12345678{n}", f"10{n}", str(n)] for n in range(5)]))
    assert [identifier.column for identifier in layout.person.identifiers] == ["Student ID"]
    assert "Social Security Number" in layout.ignored
