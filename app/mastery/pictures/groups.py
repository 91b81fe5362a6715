"""Views of a group as pictures: the gradebook as a grid, its gaps and needs as bars; all of it also in words."""

from collections.abc import Sequence

from app.mastery.pictures.svg import FAINT, INK, PAPER, RAMP, SOFT, TRACK, picture, rect, text, titled, wrapped
from app.mastery.standing import short
from app.mastery.views.gradebook import Gradebook, GradebookRow
from app.mastery.views.needs import WHYS, Need, Needs, Why
from app.mastery.views.shortfall import Shortfall

CELL, ROW = 40.0, 24.0
"""Of the grid, in pixels: how wide a column is, how high a row."""
WORDS: dict[Why, str] = {
    "below-mastery": "shown, below mastery",
    "expired": "was shown, has expired",
    "not-counted": "shown, does not count",
    "nothing-shown": "nothing shown yet",
}
LOOKS: dict[Why, dict[str, object]] = {
    "below-mastery": {"fill": RAMP[3]},
    "expired": {"fill": RAMP[2]},
    "not-counted": {"fill": RAMP[0]},
    "nothing-shown": {"fill": PAPER, "stroke": FAINT, "stroke_dasharray": "3 2"},
}


def gradebook_picture(
    title: str, book: Gradebook, *, most: tuple[int, int] = (200, 60), name: str = "gradebook"
) -> str:
    """Up to so many learners by so many competencies: dark where met, light where begun, a dot where nothing counts."""
    rows, columns = book.learners[: most[0]], book.competencies[: most[1]]
    shorts = _shorts(book)
    left = 24 + min(300.0, max([110.0, *(7.2 * len(row.name or str(row.learner)) for row in rows)]))
    width = max(360.0, left + CELL * len(columns) + 60)
    parts, y = _head(title, int(width))
    top = y + 100
    for place, column in enumerate(columns):
        x = left + CELL * place + CELL / 2
        label = wrapped(short(column.code) if column.code else column.statement, 110, 12, 1)[0]
        turned = text(0, 0, label, size=12, transform=f"translate({x:.1f} {top - 10:.1f}) rotate(-55)")
        parts.append(titled(column.statement, [turned]))
    for place, row in enumerate(rows):
        y = top + ROW * place
        label = row.name or str(row.learner)
        parts += [text(16, y + 16, line, size=12) for line in wrapped(label, left - 24, 12, 1)]
        for n, column in enumerate(columns):
            what = f"{label}, {column.code or column.statement}"
            parts.append(_cell(left + CELL * n, y, row.cells[n], met=row.met[n], shorts=shorts, what=what))
    y = top + ROW * len(rows) + 18
    for line in _below(book, most, shorts):
        for part in wrapped(line, width - 32, 12, 3):
            parts.append(text(16, y, part, size=12, fill=SOFT))
            y += 17
    parts[0] = rect(0, 0, width, y + 8, fill=PAPER)
    summary = f"{len(book.learners)} learners by {len(book.competencies)} competencies."
    return picture(name, width, y + 8, title=title, description=" ".join([summary, *map(_counts, rows)]), parts=parts)


def _counts(row: GradebookRow) -> str:
    met, judged = sum(row.met), sum(cell is not None for cell in row.cells)
    return f"{row.name or row.learner}: {met} met, {judged - met} begun."


def _cell(x: float, y: float, cell: str | None, *, met: bool, shorts: dict[str, str], what: str) -> str:
    if cell is None:
        drawn = [
            rect(x + 1, y + 1, CELL - 2, ROW - 2, fill=TRACK, opacity=0.5),
            text(x + CELL / 2, y + 16, "·", size=12, fill=FAINT, text_anchor="middle"),
        ]
        return titled(f"{what}: nothing that counts", drawn)
    drawn = [
        rect(x + 1, y + 1, CELL - 2, ROW - 2, rx=2, fill=RAMP[3] if met else RAMP[0]),
        text(
            x + CELL / 2,
            y + 16,
            shorts[cell],
            size=11,
            fill=PAPER if met else INK,
            text_anchor="middle",
            font_weight=650 if met else None,
        ),
    ]
    return titled(f"{what}: {cell}, {'met' if met else 'not met yet'}", drawn)


def _shorts(book: Gradebook) -> dict[str, str]:
    """What is reported, in up to four letters that no two have in common where that can be."""
    short_of: dict[str, str] = {}
    for cell in sorted({cell for row in book.learners for cell in row.cells if cell is not None}):
        tries = [cell] if len(cell) <= 4 else [cell[:length] for length in (3, 4)]
        short_of[cell] = next((short for short in tries if short not in short_of.values()), tries[-1])
    return short_of


def _below(book: Gradebook, most: tuple[int, int], shorts: dict[str, str]) -> list[str]:
    lines = ["Dark: met. Light: begun. A dot: nothing that counts."]
    cut = [f"{brief} = {cell}" for cell, brief in shorts.items() if brief != cell]
    if cut:
        lines.append(", ".join(cut))
    for count, shade, what in (
        (len(book.learners), most[0], "learners"),
        (len(book.competencies), most[1], "competencies"),
    ):
        if count > shade:
            lines.append(f"{count - shade} more {what} are not drawn.")
    return lines


def shortfall_picture(
    title: str, gaps: Sequence[Shortfall], *, width: int = 760, name: str = "gaps", most: int = 60
) -> str:
    """For each competency a bar: how many of the group have met it, begun it, and not begun it."""
    parts, y = _head(title, width)
    domain = ""
    for gap in gaps[:most]:
        if gap.domain != domain:
            domain, y = gap.domain, _part(parts, gap.domain, y, width)
        begun = sum(1 for learner in gap.learners if learner.level is not None)
        words = f"{f'{gap.needs} wanted: ' if gap.needs else ''}{gap.met} met, {begun} begun, of {gap.of}"
        label = short(gap.code) if gap.code else gap.statement
        drawn = [text(16, y + 14, wrapped(label, width - 32, 13, 1)[0], size=13, font_weight=650)]
        if gap.code:
            y += 15
            drawn.append(text(16, y + 14, wrapped(gap.statement, width - 32, 12, 1)[0], size=12, fill=SOFT))
        drawn.append(text(16, y + 29, words, size=12, fill=SOFT))
        pieces: list[tuple[int, dict[str, object]]] = [
            (gap.met, {"fill": RAMP[3]}),
            (begun, {"fill": RAMP[0]}),
            (gap.of - gap.met - begun, {"fill": TRACK}),
        ]
        drawn += _bar(16, y + 35, width - 32, gap.of, pieces)
        parts.append(titled(f"{label}: {words}", drawn))
        y += 58
    return _close(
        parts,
        y,
        width,
        name=name,
        title=title,
        more=len(gaps) - most,
        sentences=[f"{gap.code or gap.statement}: {gap.met} of {gap.of} met." for gap in gaps[:most]],
        nothing="Nothing is missing.",
    )


def needs_picture(title: str, domains: Sequence[Needs], *, width: int = 760, name: str = "needs") -> str:
    """By domain, for each competency needed: how many learners, for which reason, and who, where names are told."""
    parts, y = _head(title, width)
    sentences = []
    for part in domains:
        y = _part(parts, part.title, y, width)
        most = max(len(need.learners) for need in part.needs)
        for need in part.needs:
            words = f"{short(need.code) if need.code else need.statement}: {_reasons(need)}"
            sentences.append(f"{words}.")
            y = _need(parts, need, words, most=most, y=y, width=width)
        y += 8
    return _close(
        parts, y, width, name=name, title=title, more=0, sentences=sentences, nothing="Nobody needs anything here."
    )


def _reasons(need: Need) -> str:
    counts = [f"{len(group.learners)} {WORDS[group.why]}" for group in need.groups]
    return f"{len(need.learners)} {'learner' if len(need.learners) == 1 else 'learners'} ({', '.join(counts)})"


def _need(parts: list[str], need: Need, words: str, most: int, y: float, width: int) -> float:
    drawn = []
    for row in wrapped(words, width - 32, 13, 2):
        drawn.append(text(16, y + 14, row, size=13))
        y += 16
    if need.code:
        drawn.append(text(16, y + 13, wrapped(need.statement, width - 32, 12, 1)[0], size=12, fill=SOFT))
        y += 16
    counts = {group.why: len(group.learners) for group in need.groups}
    drawn += _bar(16, y + 4, width - 32, most, [(counts.get(why, 0), LOOKS[why]) for why in WHYS])
    y += 22
    for group in need.groups:
        names = ", ".join(learner.name for learner in group.learners if learner.name)
        for row in wrapped(f"{WORDS[group.why].capitalize()}: {names}", width - 32, 12, 12) if names else ():
            drawn.append(text(16, y + 12, row, size=12, fill=SOFT))
            y += 15
    parts.append(titled(words, drawn))
    return y + 10


def _bar(x: float, y: float, width: float, whole: int, pieces: Sequence[tuple[int, dict[str, object]]]) -> list[str]:
    drawn = []
    for count, look in pieces:
        length = width * count / max(1, whole)
        if count:
            drawn.append(rect(x, y, max(1.0, length - 2), 12.0, **look))
        x += length
    return drawn


def _head(title: str, width: int) -> tuple[list[str], float]:
    parts, y = [""], 30.0
    for row in wrapped(title, width - 32, 17, 2):
        parts.append(text(16, y, row, size=16, font_weight=650))
        y += 21
    return parts, y


def _part(parts: list[str], domain: str, y: float, width: int) -> float:
    parts.append(text(16, y + 16, wrapped(domain, width - 32, 15, 1)[0], size=15, font_weight=650))
    return y + 26


def _close(
    parts: list[str], y: float, width: int, name: str, title: str, more: int, sentences: Sequence[str], nothing: str
) -> str:
    last = f"and {more} more" if more > 0 else "" if sentences else nothing
    if last:
        parts.append(text(16, y + 14, last, size=12, fill=SOFT))
        y += 22
    parts[0] = rect(0, 0, width, y + 10, fill=PAPER)
    return picture(name, width, y + 10, title=title, description=" ".join(sentences) or nothing, parts=parts)
