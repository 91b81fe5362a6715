"""A transcript on paper: what was shared, as a PDF with the address and the QR code to check it at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from typing import Any

import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from app.sharing.readable import Line, Sheet
from app.web.paper.letters import Typecase
from app.web.paper.typeface import BOLD, TEXT, Pen

Styles = dict[str, ParagraphStyle]
INK, SOFT, LINE, BAD = HexColor("#1d2327"), HexColor("#51606a"), HexColor("#c9d0d4"), HexColor("#9b2a14")
MARGIN, SIDE = 20 * mm, 42 * mm
PADDING = 6
"""What a page's frame leaves free at each side, in points."""
LONG = 240
"""Letters of a name or description in a row, which must fit a page."""

Printed = tuple[Sheet, str, Mapping[str, str]]
"""A credential, its state in words, and the states of those inside it that were taken back, by their ids."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands at the head of a transcript; `address` is where it can be checked."""

    owner: str
    learner: str | None
    purpose: str
    printed: str
    address: str


def transcript(cover: Cover, sheets: Sequence[Printed], case: Typecase) -> bytes:
    """The PDF of what was shared; `case` has the fonts. It takes a while: keep it off the event loop."""
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=f"Learner record, {cover.owner}",
        author=cover.owner,
        subject=cover.purpose,
        lang="en",
    )
    foot = partial(_foot, cover.address)
    with case.alone:
        story = list(_story(cover, sheets, Pen(case), document.width - 2 * PADDING))
        document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(cover: Cover, sheets: Sequence[Printed], pen: Pen, width: float) -> Iterator[Any]:
    styles = _styles()
    head = [pen.paragraph(_cut(cover.owner), styles["soft"]), Paragraph("Learner record", styles["title"])]
    if cover.learner:
        head.append(pen.paragraph(_cut(cover.learner), styles["name"]))
    head.append(pen.paragraph(f"Shared for: {_cut(cover.purpose)}", styles["soft"]))
    head.append(pen.paragraph(f"Printed on {cover.printed}", styles["soft"]))
    yield _beside(head, _qr(cover.address), width, 34 * mm)
    for one, state, inside in sheets:
        yield from (Spacer(1, 4 * mm), HRFlowable(width="100%", color=LINE), Spacer(1, 2 * mm))
        yield from _whole(one, state, styles, pen)
        for child in one.inside:
            yield from _row(child, inside.get(child.id or ""), styles, pen, width)
    last = "This paper proves nothing by itself. Whether it still holds is told at this address:"
    yield from (Spacer(1, 8 * mm), Paragraph(last, styles["soft"]), pen.paragraph(cover.address, styles["code"]))
    yield from (Paragraph(words, styles["soft"]) for words in pen.notes())


def _whole(one: Sheet, state: str, styles: Styles, pen: Pen) -> Iterator[Any]:
    """A credential by itself, or what a record says before its parts."""
    facts = [one.kind, f"issued by {one.issuer}", one.awarded, f"until {one.expires}" if one.expires else None, state]
    head = [
        pen.paragraph(one.name, styles["heading"]),
        pen.paragraph(" · ".join(fact for fact in facts if fact), styles["soft"]),
    ]
    if one.description and one.description != one.name:
        head.append(pen.paragraph(one.description, styles["text"]))
    yield KeepTogether(head)
    for result in one.results:
        yield pen.paragraph(result.words or "recorded", styles["text"], title=result.name)
    yield from _more(one, styles, pen)
    if one.inside:
        count = f"{len(one.inside)} credential{'s' if len(one.inside) > 1 else ''} inside it, each signed by itself"
        yield Paragraph(count, styles["soft"])
        yield Spacer(1, 2 * mm)


def _row(one: Sheet, state: str | None, styles: Styles, pen: Pen, width: float) -> Iterator[Any]:
    """A part of a record: what it is and, at the side, how it went, when, and whether it was taken back."""
    left = [pen.paragraph(_cut(one.name), styles["part"])]
    if one.description and one.description != one.name:
        left.append(pen.paragraph(_cut(one.description), styles["small"]))
    side = [(one.outcome, "outcome"), (one.awarded, "side"), (state, "bad")]
    right = [pen.paragraph(_cut(words), styles[style]) for words, style in side if words]
    yield _beside(left, right, width, SIDE)
    yield from _more(one, styles, pen)
    yield Spacer(1, 1.5 * mm)
    yield HRFlowable(width="100%", color=LINE, thickness=0.4, spaceAfter=1.5 * mm)


def _more(one: Sheet, styles: Styles, pen: Pen) -> Iterator[Any]:
    """What is told in sentences."""
    if one.narrative:
        yield pen.paragraph(one.narrative, styles["text"])
    if one.alignments:
        yield pen.paragraph(f"Aligned to: {'; '.join(map(_line, one.alignments))}", styles["small"])
    for piece in one.evidence:
        if piece.words or piece.name != one.name:
            yield pen.paragraph(f"Evidence: {_line(piece)}", styles["small"])


def _beside(left: Any, right: Any, width: float, side: float) -> Table:
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (1, 0), (1, 0), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table([[left, right]], colWidths=[width - side, side], style=style)


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG].rstrip()}…"


def _line(line: Line) -> str:
    return f"{line.name} ({line.words})" if line.words and line.words != line.name else line.name


def _foot(address: str, canvas: Any, document: Any) -> None:
    canvas.setFont(TEXT, 8)
    canvas.setFillColor(SOFT)
    canvas.drawString(MARGIN + PADDING, 11 * mm, address[:110])
    canvas.drawRightString(LETTER[0] - MARGIN - PADDING, 11 * mm, f"Page {document.page}")


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
def _styles() -> Styles:
    text = ParagraphStyle("text", fontName=TEXT, fontSize=10, leading=14, textColor=INK, splitLongWords=True)
    bold = ParagraphStyle("bold", text, fontName=BOLD)
    small = ParagraphStyle("small", text, fontSize=8.5, leading=11.5, textColor=SOFT)
    return {
        "text": text,
        "small": small,
        "soft": ParagraphStyle("soft", text, fontSize=9, leading=12.5, textColor=SOFT),
        "code": ParagraphStyle("code", text, fontSize=8, leading=11),
        "title": ParagraphStyle("title", bold, fontSize=20, leading=25),
        "name": ParagraphStyle("name", text, fontSize=13, leading=18),
        "heading": ParagraphStyle("heading", bold, fontSize=12, leading=16),
        "part": ParagraphStyle("part", bold, leading=13.5),
        "outcome": ParagraphStyle("outcome", bold, leading=13.5, alignment=TA_RIGHT),
        "side": ParagraphStyle("side", small, alignment=TA_RIGHT),
        "bad": ParagraphStyle("bad", small, fontName=BOLD, textColor=BAD, alignment=TA_RIGHT),
    }
