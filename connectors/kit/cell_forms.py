"""How a spreadsheet's cells are said as text, whatever wrote it: as a person sees them, and without rounding."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any


def as_text(value: Any) -> str:
    """A cell as text: whole numbers without a decimal point, dates and times in ISO 8601."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case None:
            return ""
        case _:
            return str(value)


def as_percent(share: float) -> str:
    """A share as the format 0% means it: 0.57 is 57%."""
    return f"{round(share * 100, 10):.15g}%"


def leading_zeros(form: str) -> int | None:
    """To how many digits a format of numbers fills them up with zeros (`0000000`); None where it does not."""
    return len(form) if re.fullmatch("0{2,18}", form) else None


def is_percent(form: str) -> bool:
    """Whether a format of numbers shows percent."""
    return form == "Percent" or re.fullmatch(r"[#0.,_ ]*\\?%.*", form) is not None
