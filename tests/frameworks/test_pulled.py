"""Frameworks that sources have of their own: listed, adopted, followed; what was shown of them is counted there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import respx

from app.db.frameworks import frameworks
from app.errors import NotFound
from app.frameworks import author
from app.mastery.adopting import adopt, follow, pulled_frameworks
from app.mastery.evidence import evidence_board
from app.mastery.introducing import remove, write
from app.mastery.standing import ItemStanding
from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.canvas import Canvas
from tests.support.district import District

BASE = "https://canvas.example.org"
CASE = "https://records.example.org/ims/case/v1p1"
NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    lms = Canvas()
    with respx.mock(base_url=BASE) as router:
        router.route().mock(side_effect=lms)
        yield lms


@pytest.fixture
async def source(district: District, canvas: Canvas) -> Source:
    del canvas
    source = await district.source("canvas", "canvas", base_url=BASE, token="t0k3n")
    assert (await pull(district.db, source)).state == "done"
    await district.settle()
    return source


async def standings(district: District, person: str) -> list[ItemStanding]:
    records = await district.records()
    [learner] = [UUID(r["id"]) for r in records.values() if any(i["value"] == person for i in r["identifiers"])]
    async with district.db.transaction(district.tenant.id) as tx:
        return (await evidence_board(tx, [learner])).standings(learner, datetime.now(UTC))


async def test_what_a_source_tells_of_is_listed_and_counts_once_it_is_adopted(
    district: District, source: Source
) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        [pulled] = await pulled_frameworks(tx, district.tenant)
        assert (pulled.title, pulled.row.slug, pulled.row.competencies, pulled.adopted) == (
            "District",
            "canvas",
            2,
            False,
        )
        assert await frameworks.listed(tx) == [], "nothing counts by itself"
        taken = await adopt(tx, district.tenant, pulled.id, base=CASE, at=NOW)
        assert (taken.state, taken.items) == ("new", 2)
        [row] = await frameworks.listed(tx)
        assert (row.id, row.title, row.origin) == (pulled.id, "District", "source:canvas")
        competencies = {c.code or c.statement: c.id for c in await frameworks.competencies(tx, row.id)}
        assert competencies.keys() == {"Argue", "Count"}
        assert [framework.adopted for framework in await pulled_frameworks(tx, district.tenant)] == [True]
    [standing] = await standings(district, "l101")
    assert standing.item.id == competencies["Argue"], "what waited for it counts at once"
    del source


async def test_what_is_adopted_follows_its_source_and_is_the_same_competency(
    district: District, source: Source, canvas: Canvas
) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        [pulled] = await pulled_frameworks(tx, district.tenant)
        await adopt(tx, district.tenant, pulled.id, base=CASE, at=NOW, sensitivity="sel")
        before = {c.statement: c.id for c in await frameworks.competencies(tx, pulled.id)}
        [same] = await follow(tx, district.tenant, source.id, base=CASE, at=NOW)
        assert same.state == "unchanged"
    canvas.outcomes[0] = {**canvas.outcomes[0], "description": "Argues well"}
    await pull(district.db, source, full=True)
    async with district.db.transaction(district.tenant.id) as tx:
        [changed] = await follow(tx, district.tenant, source.id, base=CASE, at=NOW)
        after = {c.statement: c.id for c in await frameworks.competencies(tx, pulled.id)}
        row = await frameworks.by_id(tx, pulled.id)
    assert changed.state == "updated"
    assert after == {"Argues well": before["Argues & cites"], "Count": before["Count"]}
    assert row is not None
    assert (row.sensitivity, row.version) == ("sel", 2)


async def test_a_removed_one_is_the_sources_alone_again_and_an_unknown_one_is_none(
    district: District, source: Source
) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        [pulled] = await pulled_frameworks(tx, district.tenant)
        await adopt(tx, district.tenant, pulled.id, base=CASE, at=NOW)
        await remove(tx, pulled.id, NOW)
        assert [framework.adopted for framework in await pulled_frameworks(tx, district.tenant)] == [False]
        assert await follow(tx, district.tenant, source.id, base=CASE, at=NOW) == []
        with pytest.raises(NotFound):
            await adopt(tx, district.tenant, uuid4(), base=CASE, at=NOW)


async def test_two_sources_of_one_system_have_a_competency_each(
    district: District, source: Source, canvas: Canvas
) -> None:
    """Both say /api/v1/outcomes/9001: each means its own."""
    del canvas
    other = await district.source("other", "canvas", base_url=BASE, token="t0k3n")
    await pull(district.db, other)
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        first, two = await pulled_frameworks(tx, district.tenant)
        assert {first.row.source_id, two.row.source_id} == {source.id, other.id}
        await adopt(tx, district.tenant, first.id, base=CASE, at=NOW)
        own = {c.id for c in await frameworks.competencies(tx, first.id)}
        query = "SELECT source_id, competency_id, state FROM alignment WHERE tenant_id = %s"
        alignments = await tx.rows(query, district.tenant.id)
    of = {number: (competency, state) for number, competency, state in alignments}
    assert of[first.row.source_id][0] in own
    assert of[two.row.source_id] == (None, "waiting")


async def test_a_framework_of_the_districts_own_goes_before_a_sources_copy(district: District, source: Source) -> None:
    """Written here under the same title, with the same code: it is meant, whether or not the copy was adopted."""
    del source
    written = author.Framework(title="District", creator="Sample District")
    items = [author.Item(code="Argue", statement="Argues"), author.Item(code="Draw", statement="Draws")]
    async with district.db.transaction(district.tenant.id) as tx:
        own = await write(tx, district.tenant, written, items, [], base=CASE, at=NOW)
        argue = {c.code: c.id for c in await frameworks.competencies(tx, own.id)}["Argue"]
        [pulled] = await pulled_frameworks(tx, district.tenant)
        await adopt(tx, district.tenant, pulled.id, base=CASE, at=NOW)
    [standing] = await standings(district, "l101")
    assert standing.item.id == argue
