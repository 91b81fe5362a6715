"""A pathway as a picture: what is skipped and why, then each step in order, with what it waits for."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.mastery.pictures.svg import INK, MET, PAPER, RAMP, SOFT, TRACK, line, picture, rect, text, titled, wrapped
from app.mastery.standing import short
from app.mastery.views.pathway import SkippedCompetency
from app.mastery.views.perspectives import Gap

LEFT = 56.0
"""Where words begin: the numbers of the steps are left of it."""


def pathway_picture(
    title: str,
    steps: Sequence[Gap],
    skipped: Sequence[SkippedCompetency] = (),
    *,
    width: int = 760,
    name: str = "pathway",
    most: int = 60,
) -> str:
    """What is skipped, and up to `most` steps, so many pixels wide. A full number is ready, a hollow one waits."""
    parts = [""]
    y = 30.0
    for row in wrapped(title, width - 32, 17, 2):
        parts.append(text(16, y, row, size=16, font_weight=650))
        y += 21
    y = _skipped(parts, skipped, y, width, most)
    numbers = {gap.competency: n for n, gap in enumerate(steps, 1)}
    domain = ""
    for gap in steps[:most]:
        if gap.domain != domain:
            domain = gap.domain
            y += 10
            parts += [text(16, y + 12, row, size=12, fill=SOFT) for row in wrapped(domain, width - 32, 12, 1)]
            y += 22
        y = _step(parts, gap, numbers, y, width)
    if len(steps) > most:
        parts.append(text(LEFT, y + 14, f"and {len(steps) - most} more", size=12, fill=SOFT))
        y += 22
    if not steps:
        parts.append(text(16, y + 14, "Nothing is left to learn here.", fill=SOFT))
        y += 22
    parts[0] = rect(0, 0, width, y + 12, fill=PAPER)
    return picture(name, width, y + 12, title=title, description=described(steps, skipped), parts=parts)


def described(steps: Sequence[Gap], skipped: Sequence[SkippedCompetency] = ()) -> str:
    """The picture in words."""
    numbers = {gap.competency: n for n, gap in enumerate(steps, 1)}
    sentences = [f"{n}: {_label(gap.code, gap.statement)}, {_state(gap, numbers)}." for n, gap in enumerate(steps, 1)]
    left = [f"{_label(skip.code, skip.statement)} ({skip.level})" for skip in skipped]
    return " ".join([f"Skipped, because mastered: {', '.join(left)}." if left else "", *sentences]).strip() or (
        "Nothing is left to learn here."
    )


def _label(code: str | None, statement: str) -> str:
    return short(code) if code else statement


def _state(gap: Gap, numbers: Mapping[UUID, int]) -> str:
    """What a step waits for, and how far it has come."""
    waits = [f"step {numbers[before]}" for before in gap.after if before in numbers]
    begun = f"{gap.level} so far, " if gap.level else ""
    if waits:
        return f"{begun}after {' and '.join(waits)}"
    return f"{begun}{'after what is not on this list' if gap.after else 'ready to learn'}"


def _skipped(parts: list[str], skipped: Sequence[SkippedCompetency], y: float, width: int, most: int) -> float:
    if not skipped:
        return y
    parts.append(text(16, y + 8, f"Skipped, because mastered: {len(skipped)}", size=13, font_weight=650, fill=MET))
    y += 16
    for competency in skipped[:most]:
        label = f"{_label(competency.code, competency.statement)}: {competency.level}"
        drawn = [f'<path d="M 20 {y + 9:.1f} l 4 5 l 8 -10" fill="none" stroke="{MET}" stroke-width="2.5"/>']
        drawn += [text(LEFT - 16, y + 14, row, size=12) for row in wrapped(label, width - LEFT, 12, 1)]
        latest = competency.deciding[-1] if competency.deciding else None
        if latest is not None:
            because = f"{latest.title or 'Evidence'}, {latest.source}, {latest.at:%B %-d, %Y}"
            drawn += [text(LEFT - 16, y + 28, row, size=11, fill=SOFT) for row in wrapped(because, width - LEFT, 11, 1)]
            y += 14
        parts.append(titled(f"{label}. {competency.why}", drawn))
        y += 20
    if len(skipped) > most:
        parts.append(text(LEFT - 16, y + 14, f"and {len(skipped) - most} more", size=12, fill=SOFT))
        y += 20
    return y + 8


def _step(parts: list[str], gap: Gap, numbers: Mapping[UUID, int], y: float, width: int) -> float:
    n, ready = numbers[gap.competency], not gap.after
    label = _label(gap.code, gap.statement)
    rows = wrapped(gap.statement, width - LEFT - 16, 12, 2) if gap.code else []
    height = 38.0 + 15 * len(rows)
    drawn = [line(30, y, 30, y + height, stroke=TRACK, stroke_width=2)]
    look = {"fill": RAMP[3]} if ready else {"fill": PAPER, "stroke": MET, "stroke_dasharray": "3 2"}
    drawn.append(rect(16, y + 2, 28, 22, rx=11, **look))
    drawn.append(text(30, y + 17, str(n), size=12, fill=PAPER if ready else INK, text_anchor="middle", font_weight=650))
    drawn += [text(LEFT, y + 17, row, size=13, font_weight=650) for row in wrapped(label, width - LEFT - 16, 13, 1)]
    drawn += [text(LEFT, y + 32 + 15 * n_row, row, size=12, fill=SOFT) for n_row, row in enumerate(rows)]
    state = _state(gap, numbers)
    drawn += [
        text(LEFT, y + 32 + 15 * len(rows), row, size=12, fill=MET if ready else SOFT)
        for row in wrapped(state, width - LEFT - 16, 12, 1)
    ]
    parts.append(titled(f"{n}: {label}, {state}", drawn))
    return y + height + 4
