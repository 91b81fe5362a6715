"""Progress as a picture: of each part of a framework, how many competencies are met, begun and still to come."""

from collections.abc import Sequence

from app.mastery.pictures.svg import PAPER, RAMP, SOFT, TRACK, picture, rect, text, titled, wrapped
from app.mastery.views.perspectives import Progress

BAR = 14.0


def progress_picture(title: str, frameworks: Sequence[Progress], *, width: int = 760, name: str = "progress") -> str:
    """A bar for each part: a piece for each competency, those met dark, those begun light."""
    parts = [""]
    y = 30.0
    for row in wrapped(title, width - 32, 17, 2):
        parts.append(text(16, y, row, size=16, font_weight=650))
        y += 20
    parts += [rect(16, y - 4, 18, 10, rx=2, fill=RAMP[3]), text(40, y + 5, "met", size=12, fill=SOFT)]
    parts += [rect(84, y - 4, 18, 10, rx=2, fill=RAMP[0]), text(108, y + 5, "begun", size=12, fill=SOFT)]
    y += 20
    for progress in frameworks:
        y += 22
        counts = f"{progress.met} met, {progress.begun} begun, of {progress.of}"
        drawn = [text(16, y, wrapped(progress.title, width - 40, 14, 1)[0], size=13, font_weight=650)]
        drawn += [text(16, y + 17, counts, size=12, fill=SOFT)]
        drawn += _bar(progress, y + 25, width - 32)
        parts.append(titled(f"{progress.title}: {counts}", drawn))
        y += 25 + BAR
    if not frameworks:
        parts.append(text(16, y + 14, "Nothing is asked for.", fill=SOFT))
        y += 20
    parts[0] = rect(0, 0, width, y + 18, fill=PAPER)
    sentence = "; ".join(
        f"{progress.title}: {progress.met} met, {progress.begun} begun, of {progress.of}" for progress in frameworks
    )
    return picture(name, width, y + 18, title=f"Progress: {title}", description=f"{sentence}.", parts=parts)


def _bar(progress: Progress, y: float, width: float) -> list[str]:
    piece = width / max(1, progress.of)
    gap = 2.0 if piece > 6 else 0.0
    colors = (
        [RAMP[3]] * progress.met + [RAMP[0]] * progress.begun + [TRACK] * (progress.of - progress.met - progress.begun)
    )
    return [rect(16 + n * piece, y, piece - gap, BAR, fill=color) for n, color in enumerate(colors)]
