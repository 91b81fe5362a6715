"""Grade spans: how schools, and what the world of work asks of them, are counted. Pure."""

SPANS = (("K-5", range(6)), ("6-8", range(6, 9)), ("9-12", range(9, 13)))
"""Each span with the numbers of its grades; kindergarten and what comes before it count as 0."""
EARLY = {"PR", "PK", "TK", "KG", "K", "IT"}
NOT_TOLD = "not told"
"""What is counted of whom nobody says the grade, or the group."""


def span_of(grade: str | None) -> str:
    """The span of a grade, as rosters and forms write it."""
    text = (grade or "").strip().upper()
    if text in EARLY:
        return SPANS[0][0]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
    return next((name for name, numbers in SPANS if number in numbers), NOT_TOLD)
