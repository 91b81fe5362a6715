"""How Clever writes what Clever alone writes so."""

from datetime import date

from connectors.date_order import EVERY, numbered
from connectors.dates import iso_day
from connectors.fields import Fields


def birth_date(f: Fields) -> date | None:
    """Take `dob`: `mm/dd/yyyy`, as Clever's document says, or ISO 8601."""
    value = f.text("dob", None)
    if value is None:
        return None
    try:
        american = numbered(value, {EVERY: "month-first"}, "dob")
        return iso_day(american[0] if american else value)
    except ValueError:
        raise f.wrong("dob", value, "is not a date like 9/30/2014") from None
