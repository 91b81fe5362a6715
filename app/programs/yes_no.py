"""What a cell of a list says where it says yes or no: in words, letters, digits, signs, in several languages.

Pure.
"""

from collections.abc import Collection

YES = frozenset(
    ("yes", "y", "x", "true", "1", "ok", "on", "si", "sí", "ja", "oui", "sim", "✓", "✔", "☑", "✅", "🗸", "👍", "*")
)
NO = frozenset(("no", "n", "false", "0", "off", "none", "-", "nein", "non", "não", "nao", "✗", "✘", "☐", "❌", "👎"))


def yes_or_no(cell: str, yes: Collection[str] = (), no: Collection[str] = ()) -> bool | None:
    """Whether a cell says yes, also in these further words; None where it says neither."""
    words = " ".join(cell.casefold().replace("\ufe0f", "").split()).rstrip(".! ")
    if words in YES or words in yes:
        return True
    return False if words in NO or words in no else None
