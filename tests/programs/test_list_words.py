"""What is wrong with a list's rows is told in the reader's language, and stages are read in Spanish, too."""

import io
import re
from datetime import date
from functools import partial
from uuid import UUID

import pytest

from app.programs import lists
from app.programs.lists import Read, Terms
from app.web.kit.words import speak
from app.web.program.list_words import PATTERNS, translated
from connectors.kit.tables import tables

TODAY = date(2026, 11, 30)
OFFERS = {"genius hour": UUID(int=7)}


def read(content: str) -> Read:
    (table,) = tables(partial(io.BytesIO, content.encode()), "list.csv")
    terms = Terms({"robot builder": UUID(int=1)}, None, TODAY, consent="the parents", offers=OFFERS)
    reading = lists.read(table, terms)
    assert reading is not None
    return reading


HEAD = "Name,Activity,Birth date,Date,Badge,Part of,Stage,Link,Consent,Completed"
WRONG = [
    "Ada,#REF!,2014-05-06,2026-10-03,,,,,,",
    "Ada,Robot,2014-05-06,2026-10-03,,,,,,perhaps",
    "Ada,Robot,2014-05-06,2026-10-03,,,,,perhaps,",
    "Ada,Robot,2014-05-06,2026-10-03,Welder,,,,,",
    "Ada,Robot,2014-05-06,2026-10-03,,Sewing,,,,",
    "Ada,Robot,2014-05-06,2026-10-03,,Genius hour,Posterity,,,",
    "Ada,Robot,2014-05-06,2026-10-03,,,,ftp://x,,",
    "Ada,Robot,2014-05-06,sometime,,,,,,",
    "Ada,Robot,1814-05-06,2026-10-03,,,,,,",
    "Ada,Robot,2014-05-06,2027-10-03,,,,,,",
]


@pytest.mark.parametrize("row", WRONG)
def test_what_is_wrong_is_said_in_spanish(row: str) -> None:
    (wrong,) = [each.wrong for each in read(f"{HEAD}\n{row}\n").rows]
    assert wrong
    assert any(re.fullmatch(pattern, wrong) for pattern, _ in PATTERNS), wrong
    speak("es")
    try:
        assert translated(wrong) != wrong
    finally:
        speak("en")
    assert translated(wrong)


@pytest.mark.parametrize(
    ("cell", "stage"),
    [
        *[("Pasión", "passion"), ("propuesta", "pitch"), ("PLAN", "plan"), ("proyecto", "project")],
        *[("Producto", "product"), ("Presentación", "presentation"), ("presentation", "presentation")],
    ],
)
def test_a_stage_is_read_in_either_language(cell: str, stage: str) -> None:
    (row,) = read(
        f"Nombre,Actividad,Fecha de nacimiento,Parte de,Etapa\nAda,Robot,2014-05-06,Genius hour,{cell}\n"
    ).rows
    assert row.submission, row.wrong
    assert row.submission.stage == stage
