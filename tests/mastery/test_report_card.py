"""A report card: what was shown in a term, where that led, whose words were said; on a page and on paper."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pypdfium2

from app.mastery import reporting
from app.mastery.views.report_card import Term, report_card
from app.records.settle import settle
from tests.support.api import Api
from tests.support.competencies import learner, piece  # noqa: F401  (fixtures)
from tests.support.people import signed_in

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = Term("First half of September", date(2026, 9, 1), date(2026, 9, 2))
SECOND = Term("Second half", date(2026, 9, 3), date(2026, 9, 30))


async def cards(api: Api, who: str, term: Term) -> list[tuple[Any, ...]]:
    async with api.db.transaction(api.tenant) as tx:
        subjects = await reporting.card(tx, UUID(who), term, NOW)
    return [
        (subject.domain, line.code, line.level and line.level.name, line.before and line.before.name, line.pieces)
        for subject in subjects
        for line in subject.lines
    ]


async def test_a_term_tells_what_was_shown_in_it_and_the_level_before(api: Api, learner: Any) -> None:
    who, _ = learner
    assert await cards(api, who, FIRST) == [("Wood", "W.1", "Advanced", None, 2)]
    assert await cards(api, who, SECOND) == [
        ("Wood", "W.1", "Proficient", "Advanced", 1),
        ("Wood", "W.2", "Developing", None, 1),
    ]
    assert await cards(api, who, Term("Later", date(2026, 10, 1), date(2026, 12, 1))) == [], "nothing was shown in it"


async def test_what_is_sensitive_is_on_no_card(api: Api, learner: Any) -> None:
    who, _ = learner
    whole = Term("Year", date(2026, 8, 1), date(2027, 7, 31))
    assert "P.1" not in {code for _, code, *_ in await cards(api, who, whole)}


async def test_words_of_teachers_and_the_learners_own_are_told_apart(api: Api, learner: Any) -> None:
    who, headers = learner
    planes, slower = piece("6", "W.2", 8, "in-school"), piece("7", "W.2", 9, "home", "self")
    planes["narrative"], slower["result"]["narrative"] = "Planes with the grain.", "I went slower."
    pushed = await api.http.post("/v1/evidence", json=[planes, slower], headers=headers)
    assert pushed.status_code in (200, 207), pushed.text
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        subjects = await reporting.card(tx, UUID(who), SECOND, NOW)
    [line] = [line for subject in subjects for line in subject.lines if line.code == "W.2"]
    assert [(words.text, words.own) for words in line.words] == [
        ("I went slower.", True),
        ("Planes with the grain.", False),
    ]


def test_a_card_of_nothing_is_empty() -> None:
    assert report_card([], [], FIRST, {}) == []


def test_the_term_is_the_one_asked_for_else_the_current_shortest() -> None:
    year = Term("Year", date(2026, 8, 1), date(2027, 7, 31))
    fall = Term("Fall", date(2026, 8, 17), date(2026, 12, 18))
    old = Term("Spring", date(2026, 1, 5), date(2026, 6, 5))
    known = [fall, year, old]
    assert reporting.term_of(known, old.key, NOW.date()) == old
    assert reporting.term_of(known, "", NOW.date()) == fall
    assert reporting.term_of(known, "nonsense", date(2027, 1, 2)) == year
    assert reporting.term_of([old], "", NOW.date()) == old


async def test_the_page_and_the_paper_say_the_same(api: Api, learner: Any) -> None:
    who, _ = learner
    reader = await signed_in(api, "administrator")
    page = await reader.get(f"/learners/{who}/report-card")
    assert page.status_code == 200
    for words in ("Cuts along a line", "Proficient", "What the levels mean", "2026-2027"):
        assert words in page.text, words
    assert page.text.count('<li class="said-line">') == 2, "one line for each competency, its level drawn beside it"
    assert page.text.count('<span class="scale') == 2
    empty = await reader.get(f"/learners/{who}/report-card?term=2020-08-01_2021-07-31")
    assert empty.status_code == 200, "a term that nobody knows is the current one"
    paper = await reader.get(f"/learners/{who}/report-card.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    text = pypdfium2.PdfDocument(paper.content)[0].get_textpage().get_text_bounded()
    for words in ("Report card", "Cuts along a line", "Proficient", "What the levels mean"):
        assert words in text, words
    record = await reader.get(f"/learners/{who}")
    assert f"/learners/{who}/report-card" in record.text


async def test_a_family_reads_no_code_that_no_framework_has(api: Api, learner: Any) -> None:
    who, headers = learner
    pushed = await api.http.post("/v1/evidence", json=[piece("8", "LOCAL.8.P1", 9, "in-school")], headers=headers)
    assert pushed.status_code in (200, 207), pushed.text
    await settle(api.db, api.tenant)
    for role, read in (("administrator", True), ("guardian", False)):
        reader = await signed_in(api, role, **({} if read else {"learner": UUID(who)}))
        page = await reader.get(f"/learners/{who}/report-card")
        assert ("LOCAL.8.P1" in page.text) is read, role
        assert "Cuts along a line" in page.text
