"""Happened: when that happened which a record tells of, as it says itself. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from schemas import AnyRecord, Credential, Enrollment, Evidence, Result

DAY = timedelta(days=1) - timedelta(microseconds=1)


def happened(record: AnyRecord) -> tuple[datetime, datetime] | None:
    """The earliest and the latest moment at which it may have happened; None where the record does not say.

    A day, or its first moment, is any time of that day. An enrollment that tells its end was over then.
    """
    match record:
        case Result():
            when: date | datetime | None = record.scored_at or record.scored_on
        case Evidence():
            when = record.occurred_at or record.begins
        case Credential():
            when = record.issued_at
        case Enrollment():
            when = record.ends
        case _:
            when = None
    if when is None:
        return None
    moment = when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)
    is_day = moment.timetz().replace(tzinfo=None) == time()
    return moment, moment + DAY if is_day else moment
