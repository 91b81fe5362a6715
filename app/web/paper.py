"""A transcript on paper: what was shared, as a PDF with the address and the QR code to check it at."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from app.registrar.sheet import Line, Sheet

FONTS = Path(__file__).parent / "fonts"
INK, SOFT, LINE = HexColor("#1d2327"), HexColor("#51606a"), HexColor("#c9d0d4")

Printed = tuple[Sheet, str, Mapping[str, str]]
"""A credential, its state in words, and the states of those inside it that were taken back, by their ids."""


def transcript(
    owner: str, learner: str | None, purpose: str, printed: str, address: str, sheets: Sequence[Printed]
) -> bytes:
    """The PDF of what was shared; `address` is where it can be checked."""
    styles, out = _styles(), BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=LETTER, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=f"Learner record, {owner}", author=owner, subject=purpose, lang="en",
    )  # fmt: skip
    head = [Paragraph(escape(owner), styles["soft"]), Paragraph("Learner record", styles["title"])]
    if learner:
        head.append(Paragraph(escape(learner), styles["name"]))
    head.append(Paragraph(f"Shared for: {escape(purpose)}<br/>Printed on {escape(printed)}", styles["soft"]))
    widths = [document.width - 34 * mm, 34 * mm]
    story: list[Any] = [Table([[head, _qr(address)]], colWidths=widths, style=[("VALIGN", (0, 0), (-1, -1), "TOP")])]
    for one, state, inside in sheets:
        story += [
            Spacer(1, 4 * mm),
            HRFlowable(width="100%", color=LINE),
            Spacer(1, 2 * mm),
            *_sheet(one, state, styles, inside),
        ]
    story += [
        Spacer(1, 8 * mm),
        Paragraph(
            "This paper proves nothing by itself. Whether it still holds is told at this address:", styles["soft"]
        ),
        Paragraph(escape(address), styles["code"]),
    ]
    document.build(story)
    return out.getvalue()


def _sheet(
    one: Sheet, state: str | None, styles: dict[str, ParagraphStyle], inside: Mapping[str, str]
) -> Iterator[Any]:
    facts = [one.kind, f"issued by {one.issuer}", one.awarded, f"until {one.expires}" if one.expires else None, state]
    head = [
        Paragraph(escape(one.name), styles["heading"]),
        Paragraph(escape(" · ".join(fact for fact in facts if fact)), styles["soft"]),
    ]
    if one.description and one.description != one.name:
        head.append(Paragraph(escape(one.description), styles["text"]))
    yield KeepTogether(head)
    if one.narrative:
        yield Paragraph(escape(one.narrative), styles["text"])
    for result in one.results:
        yield Paragraph(f"<b>{escape(result.name)}</b>: {escape(result.words or 'recorded')}", styles["text"])
    if one.alignments:
        told = "; ".join(_line(line) for line in one.alignments)
        yield Paragraph(f"Aligned to: {told}", styles["soft"])
    for piece in one.evidence:
        yield Paragraph(f"Evidence: {_line(piece)}", styles["soft"])
    for child in one.inside:
        yield Spacer(1, 2 * mm)
        yield from _sheet(child, inside.get(child.id or ""), styles, {})


def _line(line: Line) -> str:
    return escape(f"{line.name} ({line.words})" if line.words else line.name)


def _qr(address: str) -> Drawing:
    matrix = list(segno.make(address, error="m").matrix_iter(border=2))
    side = 32 * mm / len(matrix)
    drawing = Drawing(32 * mm, 32 * mm)
    for y, row in enumerate(reversed(matrix)):
        for x, dark in enumerate(row):
            if dark:
                drawing.add(Rect(x * side, y * side, side, side, fillColor=INK, strokeWidth=0, strokeColor=None))
    return drawing


@cache
def _styles() -> dict[str, ParagraphStyle]:
    pdfmetrics.registerFont(TTFont("Roboto", FONTS / "Roboto-Regular.ttf"))
    pdfmetrics.registerFont(TTFont("Roboto-Bold", FONTS / "Roboto-Bold.ttf"))
    pdfmetrics.registerFontFamily(
        "Roboto", normal="Roboto", bold="Roboto-Bold", italic="Roboto", boldItalic="Roboto-Bold"
    )
    text = ParagraphStyle("text", fontName="Roboto", fontSize=10, leading=14, textColor=INK)
    bold = ParagraphStyle("bold", text, fontName="Roboto-Bold")
    return {
        "text": text,
        "soft": ParagraphStyle("soft", text, fontSize=9, leading=12.5, textColor=SOFT),
        "code": ParagraphStyle("code", text, fontSize=8, leading=11, splitLongWords=True),
        "title": ParagraphStyle("title", bold, fontSize=20, leading=25),
        "name": ParagraphStyle("name", text, fontSize=13, leading=18),
        "heading": ParagraphStyle("heading", bold, fontSize=12, leading=16),
    }
