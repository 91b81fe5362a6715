"""What was reached, in words that mean something to whoever reads it: a level as it is called here, or whose word."""

from app.records.document import ResultEntry
from app.web.kit import descriptors
from app.web.kit.words import _, later, number

STATUS = {
    "exempt": later("need not be done"),
    "fully graded": later("graded"),
    "partially graded": later("graded in part"),
    "submitted": later("handed in"),
    "not submitted": later("not handed in"),
    "not tested": later("not tested"),
}
"""States of a result that has no score (`schemas.codes.ScoreStatus`), in words: each of them."""
UNITS = {
    "percent": later("percent"),
    "progress": later("of the whole"),
    "rubric points": later("rubric points"),
    "correct answers": later("correct answers"),
}
"""What is counted; other units are names, such as RIT."""


def reached(entry: ResultEntry) -> str:
    """What was reached: points, the level as it is called here, or a source's own word with whose it is."""
    level = descriptors.usual(entry.level or entry.text_score or "")
    source = ", ".join(dict.fromkeys(origin.source_name for origin in entry.from_))
    if entry.score is not None:
        points = _points(entry, source)
        return f"{points}, {level}" if level else points
    if level:
        return level
    word = entry.level or entry.text_score
    if word is not None:
        return _('"%(word)s", as %(source)s says it', word=word, source=source)
    return _(STATUS[entry.status]) if entry.status in STATUS else ""


def _points(entry: ResultEntry, source: str) -> str:
    """A score, of how many, in which unit."""
    assert entry.score is not None
    score, unit = number(entry.score), entry.unit if entry.unit != "points" else None
    if entry.unit == "percent":
        return _("%(score)s percent", score=score)
    if entry.maximum is not None:
        return _("%(score)s of %(most)s", score=score, most=number(entry.maximum))
    if unit:
        return f"{score} {_(UNITS[unit]) if unit in UNITS else unit}"
    return _("%(score)s on a scale of %(source)s", score=score, source=source)
