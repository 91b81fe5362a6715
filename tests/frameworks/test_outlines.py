"""Outlines kept: while a framework's version is held, within bounds, and never one tenant's for another."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.frameworks.frameworks import CompetencyRow, LinkRow
from app.frameworks.outline import Outline, outline, plain
from app.mastery.views.inputs import Key, Outlines, Stamp

AT = datetime(2026, 9, 1, tzinfo=UTC)
STAMP: Stamp = ("Shop", 1, AT)


def key(tenant: int, n: int = 0) -> Key:
    return tenant, UUID(int=n), "general"


def made(items: int, n: int = 0) -> Outline:
    rows = [CompetencyRow(UUID(int=i), UUID(int=n), i, None, "Does it", None, "general", []) for i in range(items)]
    return outline(UUID(int=n), "Shop", rows, [])


@pytest.mark.parametrize("stamp", [("Shop", 2, AT), ("Shop", 1, AT.replace(month=10)), ("Other", 1, AT)])
def test_another_version_is_read_anew(stamp: Stamp) -> None:
    outlines, first, second = Outlines(), made(3), made(3)
    outlines.keep(key(1), STAMP, first)
    assert outlines.get(key(1), STAMP) is first
    assert outlines.get(key(1), stamp) is None
    outlines.keep(key(1), stamp, second)
    assert (outlines.get(key(1), stamp), outlines.get(key(1), STAMP)) == (second, None)


def test_tenants_and_scopes_are_kept_apart() -> None:
    outlines = Outlines()
    outlines.keep(key(1), STAMP, made(3))
    assert outlines.get(key(2), STAMP) is None
    assert outlines.get((1, UUID(int=0), "all"), STAMP) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.booleans()), max_size=40))
def test_no_more_is_kept_than_there_is_room_for_and_the_latest_stays(steps: list[tuple[int, int, bool]]) -> None:
    outlines = Outlines(most=50)
    for n, items, again in steps:
        outlines.keep(key(1, n), ("Shop", int(again), AT), made(items, n))
        assert outlines.get(key(1, n), ("Shop", int(again), AT)) is not None
        present = [
            outlines.get(key(1, framework), ("Shop", version, AT)) for framework in range(6) for version in (0, 1)
        ]
        assert sum(len(outline.competencies) for outline in present if outline) <= 50


def test_a_way_begins_where_something_was_shown_and_keeps_what_precedes_first() -> None:
    """Two parts of three: the second is begun, and its first competency comes after one of the first part."""
    ids = (1, 2, 11, 12, 13, 21, 22, 23)
    rows = [CompetencyRow(UUID(int=n), UUID(int=0), n, None, "Does", None, "general", []) for n in ids]
    links = [LinkRow("isChildOf", UUID(int=n), UUID(int=n // 10), None, None) for n in ids if n > 10]
    shop = outline(UUID(int=0), "Shop", rows, [*links, LinkRow("precedes", UUID(int=12), UUID(int=21), None, None)])
    leaves = shop.leaves()
    assert [competency.int for competency in shop.in_order(leaves)] == [11, 12, 13, 21, 22, 23]
    assert [competency.int for competency in shop.in_order(leaves, {UUID(int=2)})] == [22, 23, 11, 12, 21, 13]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("Use <, > and = to compare.", "Use <, > and = to compare."),
        ("If a<b then b>a; f(x)<g(x) for x > 0", "If a<b then b>a; f(x)<g(x) for x > 0"),
        ("<p class='x'>Reads <i>and</i><br/>writes &lt; 3</p><!-- no -->", "Reads and writes < 3"),
        ('<a href="https://x.org/?a>b" title=t>**Here**</a><o:p></o:p>', "Here"),
    ],
)
def test_a_statement_is_told_without_markup_and_with_its_signs(statement: str, words: str) -> None:
    assert plain(statement) == words
