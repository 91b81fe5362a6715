"""The jagged profile as a picture: one horizontal bar for each competency, by domain, strengths first."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from app.mastery.pictures.svg import (
    FADED,
    INK,
    MET,
    PAPER,
    SOFT,
    TRACK,
    UNDECIDING,
    legend,
    line,
    mark,
    mark_of,
    picture,
    rect,
    shade,
    text,
    titled,
    wrapped,
)
from app.mastery.pictures.wording import PLAIN, Wording
from app.mastery.standing import ItemStanding, by_domain, short

WAITING = "Not aligned to a framework yet"


class Layout(NamedTuple):
    """Where things stand at a width: on a phone the words are above the bar, on a wide page beside it."""

    width: float
    narrow: bool
    words: float  # width of the words
    bar: float  # where the bar begins
    span: float  # how long it is
    wording: Wording = PLAIN


def layout(width: int, wording: Wording = PLAIN) -> Layout:
    """The layout for a picture so many pixels wide (280 or more)."""
    if width < 600:
        return Layout(width, True, width - 32, bar=16, span=width - 32, wording=wording)
    words = round(width * 0.42)
    return Layout(width, False, words, bar=words + 40, span=width - words - 40 - 20, wording=wording)


def profile_picture(
    standings: Sequence[ItemStanding],
    *,
    width: int = 760,
    name: str = "profile",
    most: int = 12,
    wording: Wording = PLAIN,
) -> str:
    """A learner's profile, so many pixels wide. Of a domain with more than `most` competencies the rest is counted."""
    shape = layout(width, wording)
    parts: list[str] = [rect(0, 0, width, 0, fill=PAPER)]
    y = _legend(parts, shape, standings)
    aligned = [standing for standing in standings if standing.item.aligned]
    waiting = [standing for standing in standings if not standing.item.aligned]
    for framework, domain, group in by_domain(aligned):
        y = _group(parts, shape, y, domain=domain, framework=framework, standings=group, most=most)
    if waiting:
        group = [standing for _, _, ones in by_domain(waiting) for standing in ones]
        y = _group(
            parts,
            shape,
            y,
            domain=wording.say(WAITING),
            framework=wording.say("in the words of its source"),
            standings=group,
            most=most,
        )
    if not standings:
        y += 28
        parts.append(text(16, y, wording.say("Nothing has been shown yet."), fill=SOFT))
    height = y + 16
    parts[0] = rect(0, 0, width, height, fill=PAPER)
    title = wording.say("Profile: levels by competency, strengths first")
    return picture(name, width, height, title=title, description=described(standings, wording), parts=parts)


def described(standings: Sequence[ItemStanding], wording: Wording = PLAIN) -> str:
    """The picture in words."""
    if not standings:
        return wording.say("Nothing has been shown yet.")
    sentences = []
    for _, domain, group in by_domain(standings):
        sentence = "; ".join(f"{wording.label(standing.item)}: {_level(standing, wording)}" for standing in group)
        sentences.append(f"{domain}: {sentence}.")
    return " ".join(sentences)


def _legend(parts: list[str], shape: Layout, standings: Sequence[ItemStanding]) -> float:
    """What the colors and marks mean; only the marks that occur."""
    kinds = {mark_of(piece.setting, piece.asserted.method) for standing in standings for piece in standing.evidence}
    if not kinds:
        return 8
    x, y = legend(parts, shape.width, kinds, UNDECIDING, shape.wording.say)
    flag = shape.wording.say("mastered from here on")
    if any(standing.override for standing in standings):
        flag += f"; * {shape.wording.say('set by a teacher')}"
    if x + 20 + 6.4 * len(flag) > shape.width - 8:
        x, y = 16.0, y + 20
    parts += [*_flag(x + 4, y - 10, 12), text(x + 14, y, flag, size=12, fill=SOFT)]
    return y + 6


def _group(
    parts: list[str], shape: Layout, y: float, domain: str, framework: str, standings: Sequence[ItemStanding], most: int
) -> float:
    y += 30
    for row in wrapped(domain, shape.width - 48, 17, 2):
        parts.append(text(16, y, row, size=16, font_weight=650))
        y += 20
    under = f"{_counted(standings, shape.wording)} · {framework}"
    parts.append(text(16, y - 2, wrapped(under, shape.width - 32, 12, 1)[0], size=12, fill=SOFT))
    y += 8
    parts.append(line(16, y, shape.width - 16, y, stroke=TRACK))
    y += 2
    for standing in standings[:most]:
        y = _row(parts, shape, y, standing)
    if len(standings) > most:
        y += 20
        parts.append(text(16, y, shape.wording.say("and %(n)s more", n=len(standings) - most), size=12, fill=SOFT))
        y += 4
    return y


def _counted(standings: Sequence[ItemStanding], wording: Wording) -> str:
    """How many stand at each level, the highest first."""
    counts = Counter(
        (-1 if standing.state.level is None else standing.state.level, _called(standing, wording))
        for standing in standings
    )
    return ", ".join(f"{name}: {count}" for (_, name), count in sorted(counts.items(), reverse=True))


def _row(parts: list[str], shape: Layout, y: float, standing: ItemStanding) -> float:
    """One competency: its words, its bar, its level, its evidence."""
    code = short(standing.item.code) if standing.item.code and shape.wording.codes else ""
    drawn: list[str] = []
    top = y + 10
    if code:
        drawn.append(text(16, top + 12, code, size=13, font_weight=650))
    under = top + (30 if code else 13)
    statement = wrapped(standing.item.statement, shape.words, 13, 2) if standing.item.statement != code else []
    for n, row in enumerate(statement):
        drawn.append(text(16, under + 17 * n, row, fill=SOFT if code else INK))
    end_of_words = under + 17 * (len(statement) - 1) if statement else top + 12
    bar_top = end_of_words + 14 if shape.narrow else top + 2
    drawn += _bar(shape, bar_top, standing)
    bottom = max(end_of_words, bar_top + 38)
    parts.append(titled(_sentence(standing, shape.wording), drawn))
    parts.append(line(16, bottom + 12, shape.width - 16, bottom + 12, stroke=TRACK))
    return bottom + 12


def _bar(shape: Layout, y: float, standing: ItemStanding) -> list[str]:
    """The level on its scale. Where there is none, there is no scale either: what the source said stands there."""
    if standing.level is None:
        latest = standing.evidence[-1].said if standing.evidence else ""
        say = shape.wording.say
        words = say('"%(said)s", says its source', said=latest) if latest else say("no level yet")
        return [
            text(shape.bar, y + 12, wrapped(words, shape.span, 12, 1)[0], size=12, fill=SOFT),
            *_marks(shape, y + 29, standing),
        ]
    count, label = len(standing.levels), 92.0
    step = (shape.span - label) / count
    drawn = []
    for n in range(count):
        fill = shade(standing.state.level or 0, count) if n <= (standing.state.level or 0) else TRACK
        drawn.append(rect(shape.bar + n * step, y, step - 2, 14, rx=2, fill=fill))
    drawn += _flag(shape.bar + standing.mastery * step - 1, y - 4, 22)
    weight = 650 if standing.state.met else 400
    called = _called(standing, shape.wording)
    words = f"{called} *" if standing.override else called
    drawn.append(text(shape.bar + shape.span - label + 8, y + 12, words, size=13, font_weight=weight))
    return drawn + _marks(shape, y + 29, standing)


def _flag(x: float, y: float, height: float) -> list[str]:
    """Where mastery begins: a line with a small pennant."""
    corners = f"{x:.1f},{y:.1f} {x + 5:.1f},{y + 2.5:.1f} {x:.1f},{y + 5:.1f}"
    return [line(x, y, x, y + height, stroke=MET, stroke_width=1.4), f'<polygon points="{corners}" fill="{MET}"/>']


def _marks(shape: Layout, y: float, standing: ItemStanding) -> list[str]:
    """The evidence in the order it was shown: solid what decided, faint what did not; the newest where it is much."""
    decided = {reason.id for reason in standing.reasons if reason.decided}
    room = int((shape.span - 60) // 15)
    drawn, x = [], shape.bar + 6
    for piece in standing.evidence[-room:]:
        drawing = mark(x, y, mark_of(piece.setting, piece.asserted.method))
        drawn.append(drawing if piece.asserted.id in decided else f'<g opacity="{FADED}">{drawing}</g>')
        x += 15
    if len(standing.evidence) > room:
        drawn.append(
            text(x, y + 4, shape.wording.say("and %(n)s earlier", n=len(standing.evidence) - room), size=11, fill=SOFT)
        )
    return drawn


def _sentence(standing: ItemStanding, wording: Wording) -> str:
    marks = Counter(mark_of(piece.setting, piece.asserted.method).name for piece in standing.evidence)
    counts = ", ".join(wording.say("%(n)s from %(where)s", n=n, where=wording.say(name)) for name, n in marks.items())
    level = _level(standing, wording)
    if standing.level:
        stands = "%(level)s, mastered" if standing.state.met else "%(level)s, not mastered yet"
        level = wording.say(stands, level=level)
    code = f"{standing.item.label} " if standing.item.code and wording.codes else ""
    return f"{code}{standing.item.statement}: {level} ({counts})"


def _called(standing: ItemStanding, wording: Wording) -> str:
    """What the level is called."""
    if standing.state.level is None:
        return wording.say("no level yet")
    return wording.level(standing.levels[standing.state.level])


def _level(standing: ItemStanding, wording: Wording) -> str:
    """A level in words, and whether a teacher of record set it."""
    called = _called(standing, wording)
    return f"{called} ({wording.say('set by a teacher')})" if standing.override else called
