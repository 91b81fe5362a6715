"""A source's calendar: times of the district's day through changes of clocks, blackouts, and the turn of the year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ConfigError
from app.sources.calendar import Calendar, Rollover, Window, calendar_of, next_due

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = Calendar(timezone="America/New_York", at=(time(2, 30),))


def local(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"


def test_a_time_of_day_is_the_district_s_own_through_the_changes_of_clocks() -> None:
    moments = []
    now: datetime | None = datetime(2026, 10, 31, 12, tzinfo=UTC)
    for _ in range(3):
        assert now is not None
        now = next_due(now, None, now, NIGHT)
        moments.append(local(now))
    assert moments == ["2026-11-01 02:30", "2026-11-02 02:30", "2026-11-03 02:30"]
    spring = datetime(2027, 3, 14, 5, tzinfo=UTC)  # at 2:00 clocks go to 3:00
    assert local(next_due(spring, None, spring, NIGHT)) == "2027-03-14 03:30"


def test_only_on_its_weekdays_and_at_the_first_of_several_times() -> None:
    calendar = Calendar(timezone="America/New_York", at=(time(20), time(4)), weekdays=(1, 3))
    tuesday = datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert local(next_due(tuesday, 60, tuesday, calendar)) == "2026-09-02 04:00"


def test_what_falls_into_a_blackout_waits_for_its_end() -> None:
    calendar = Calendar(
        timezone="America/New_York", blackout=(Window(time(7), time(15, 30)), Window(time(15), time(16)))
    )
    now = datetime(2026, 9, 1, 13, tzinfo=UTC)  # 9:00 in New York
    assert local(next_due(now, 60, now, calendar)) == "2026-09-01 16:00"
    over_night = Calendar(timezone="America/New_York", blackout=(Window(time(22), time(5)),))
    late = datetime(2026, 9, 2, 2, tzinfo=UTC)  # 22:00
    assert local(next_due(late, 30, late, over_night)) == "2026-09-02 05:00"


moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


@given(
    now=moments,
    hours=st.lists(times, max_size=4),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    windows=st.lists(st.tuples(times, st.integers(1, 600)), max_size=2),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_whatever_the_calendar_a_source_is_due_later_within_days_and_in_no_blackout(
    now, hours, weekdays, windows, zone
) -> None:
    blackout = tuple(
        Window(begins, (datetime.combine(date(2026, 1, 1), begins) + timedelta(minutes=minutes)).time())
        for begins, minutes in windows
    )
    calendar = Calendar(zone, tuple(hours), tuple(sorted(weekdays)), blackout)
    due = next_due(now, 60, now, calendar)
    assert due is not None
    assert now < due <= now + timedelta(days=9)
    if not all(any(other.has(window.ends) for other in blackout) for window in blackout) or not blackout:
        assert not any(window.has(due.astimezone(ZoneInfo(zone)).time()) for window in blackout)


def test_the_year_turns_between_two_days_both_included() -> None:
    calendar = Calendar(timezone="America/New_York", rollover=Rollover(date(2027, 6, 15), date(2027, 8, 31)))
    for day, turning in (("2027-06-15T03:59", False), ("2027-06-15T04:01", True), ("2027-09-01T03:59", True)):
        assert calendar.turning(datetime.fromisoformat(f"{day}:00+00:00")) is turning


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "No time zone found"),
        ({"at": ["25:00:00"]}, "Invalid RFC3339"),
        ({"weekdays": [0]}, "give some of 1"),
        ({"weekdays": []}, "give some of 1"),
        ({"blackout": [{"begins": "07:00:00", "ends": "07:00:00"}]}, "begins and ends at the same time"),
        (
            {"blackout": [{"begins": "00:00:00", "ends": "12:00:00"}, {"begins": "12:00:00", "ends": "00:00:00"}]},
            "leave no time of the day",
        ),
        ({"rollover": {"begins": "2027-08-31", "ends": "2027-06-15"}}, "ends before it begins"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_told(stored, words) -> None:
    with pytest.raises(ConfigError, match=words):
        calendar_of(stored)
