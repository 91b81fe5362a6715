"""Cells of a sheet without a value: errors, and formulas that nobody has calculated. Each is read as what it says."""

import re

_CELL = re.compile(rb"<(?:\w+:)?c ([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f(?: [^>]*)?(?:/>|>([^<]*)</)")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_TYPE = re.compile(rb'\bt="(\w+)"')
_ODD = re.compile(rb't="e"|</(?:\w+:)?f></(?:\w+:)?c>|</(?:\w+:)?f>\s*<(?:\w+:)?v ?/>|</(?:\w+:)?f>\s*<(?:\w+:)?v></')
"""What a sheet has somewhere that holds such a cell; most have none, and are not looked through cell by cell."""


def unvalued(sheet: bytes) -> dict[int, dict[int, str]]:
    """The cells of a sheet (`xl/worksheets/*.xml`) that show an error or have a formula without its result.

    An error is read as its text (`#DIV/0!`), a formula as it is written (`=H2-14`): a program that writes workbooks
    leaves the calculating to Excel, and a blank in its place would be a cell that nobody hears of. By row, then by
    column, both from 0.
    """
    if not _ODD.search(sheet):
        return {}
    cells: dict[int, dict[int, str]] = {}
    for attributes, content in _CELL.findall(sheet):
        place, kind = _PLACE.search(attributes), _TYPE.search(attributes)
        if place is not None and (text := _text(kind[1] if kind else b"n", content)):
            cells.setdefault(int(place[2]) - 1, {})[column_index(place[1].decode())] = text
    return cells


def _text(kind: bytes, content: bytes) -> str:
    value, formula = _VALUE.search(content), _FORMULA.search(content)
    if kind == b"e":
        return value[1].decode() if value else "#ERROR!"
    if formula is None or value is not None or kind in (b"str", b"inlineStr"):
        return ""
    return "=" + (formula[1] or b"").decode()


def column_index(letters: str) -> int:
    """The number of a column, from 0: "A" is 0, "AA" is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
