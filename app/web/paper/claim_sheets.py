"""Sheets to hand out: for each learner one, with the link and its QR code by which the family claims a badge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from io import BytesIO
from typing import Any

import msgspec
import segno

from app.web.kit.words import _, day, language
from app.web.paper.fonts import FAMILIES, Fonts


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on one: whose family it is for, what was issued, the address, and until when it works."""

    learner: str
    badge: str
    address: str
    until: datetime


class _Sheet(msgspec.Struct, frozen=True):
    learner: str
    badge: str
    address: str
    until: str
    qr: str
    alt: str


class _Labels(msgspec.Struct, frozen=True):
    language: str
    heading: str
    family: str
    how: str
    only: str


class _Paper(msgspec.Struct, frozen=True):
    owner: str
    fonts: Sequence[str]
    labels: _Labels
    sheets: list[_Sheet]


def claim_sheets(owner: str, sheets: Sequence[Sheet], fonts: Fonts) -> bytes:
    """The PDF, a page for each. It takes some tenths of a second: keep it off the event loop."""
    labels = _Labels(
        language(),
        _("Yours to claim"),
        _("For the family of"),
        _("Open this address, or point a phone's camera at the square, and press the button there."),
        _("Whoever has this sheet can claim what is named on it, and sees nothing else. It proves nothing by itself."),
    )
    paper = _Paper(fonts.readable(owner), FAMILIES, labels, [_sheet(sheet, fonts) for sheet in sheets])
    source = files("app.web.paper").joinpath("claims.typ").read_bytes()
    with fonts.alone:
        inputs = {"paper": msgspec.json.encode(paper).decode()}
        pdf: Any = fonts.compiler.compile(input=source, format="pdf", sys_inputs=inputs)
    return bytes(pdf)


def _sheet(sheet: Sheet, fonts: Fonts) -> _Sheet:
    svg = BytesIO()
    segno.make(sheet.address, error="m").save(svg, kind="svg", border=2, dark="#1d2327", xmldecl=False)
    return _Sheet(
        learner=fonts.readable(sheet.learner),
        badge=fonts.readable(sheet.badge),
        address=sheet.address,
        until=_("This link works until %(day)s.", day=day(sheet.until)),
        qr=svg.getvalue().decode(),
        alt=_("QR code of %(address)s", address=sheet.address),
    )
