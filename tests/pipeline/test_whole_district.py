"""The sample district from four systems at once: nobody is taken for another, and whoever can be known is known."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.identity import persons
from app.db.sources import sources
from app.pipeline.file import load
from app.pipeline.pull import pull
from app.pipeline.replay import replay
from app.sandbox.accounts import lms_accounts, tool_account, truth
from app.sandbox.assessment import write_map_growth
from app.sandbox.district import District as Sample
from app.sandbox.lms import TOKEN
from app.sandbox.serve import Addresses, serving
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.sandbox.tool import FACILITY, PASSWORD, USERNAME
from app.sandbox.world import World
from tests.support.district import District

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]
SAMPLE = Sample(100)
COLLECTIONS = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
    "demographics",
    "lineItems",
    "results",
)


@pytest.fixture(scope="module")
def addresses() -> Iterator[Addresses]:
    with serving(World(SAMPLE)) as addresses:
        yield addresses


async def test_the_sample_district_against_its_truth(district: District, addresses: Addresses, tmp_path: Path) -> None:
    sis = await district.source(
        "sis",
        "oneroster",
        base_url=addresses.rostering.removesuffix("/ims/oneroster/rostering/v1p2"),
        token_url=addresses.token,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        collections=COLLECTIONS,
    )
    lms = await district.source("lms", "canvas", base_url=addresses.lms, token=TOKEN)
    tool = await district.source(
        "tool", "kolibri", base_url=addresses.tool, username=USERNAME, password=PASSWORD, facility=FACILITY
    )
    tests = await district.source("tests", "assessment_file")
    reports = [await pull(district.db, source) for source in (sis, lms, tool)]
    assert [(report.state, report.message) for report in reports] == [("done", None)] * 3
    write_map_growth(SAMPLE, "spring", tmp_path / "map.csv")
    reports.append(await load(district.db, tests, tmp_path / "map.csv", dry_run=False))
    leftovers = {stream: o.leftovers for report in reports for stream, o in report.streams.items() if o.leftovers}
    assert leftovers == {}
    await district.settle()

    async with district.db.transaction(district.tenant.id) as tx:
        slugs = {row.id: row.slug for row in await sources.listed(tx)}
        rows = await tx.rows("SELECT source_id, key, learner_id FROM person WHERE learner_id IS NOT NULL")
    learner_of = {(slugs[source], key): learner for source, key, learner in rows}
    who = defaultdict(set)
    for true in truth(SAMPLE):
        for slug, keys in (("sis", true.sis), ("lms", true.lms), ("tool", true.tool)):
            for key in keys:
                if (slug, key) in learner_of:
                    who[learner_of[slug, key]].add(true.number)
        for number in true.assessment:
            if ("tests", f"district:{number}") in learner_of:
                who[learner_of["tests", f"district:{number}"]].add(true.number)
    assert [numbers for numbers in who.values() if len(numbers) > 1] == []

    apart, without_id = set(), set()
    for index, true in enumerate(truth(SAMPLE)):
        learner = SAMPLE.learner(index)
        account = tool_account(learner)
        known = [("lms", str(a.id), a.sis_id) for a in lms_accounts(learner)]
        known += [("tool", account.id, account.number)] if account else []
        for slug, key, number in known:
            if learner_of.get((slug, key)) != learner_of["sis", true.sis[0]]:
                apart.add((slug, key))
            if not number:
                without_id.add((slug, key))
    async with district.db.transaction(district.tenant.id) as tx:
        near = await persons.near_matches(tx, 0, 100)
    waiting = {(slugs[d.right_source], d.right_key) for d in near}
    assert apart == without_id | (waiting & apart)
    assert len(without_id) >= 8

    before = await district.bytes()
    for source in (sis, lms, tool, tests):
        await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == before
