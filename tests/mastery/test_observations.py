"""What staff enter lands in the records of just the learners it was entered for, once, and can be taken back."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from app.errors import Invalid
from app.mastery.observations import Observation, Observations, add, withdraw
from tests.support.district import VAULT, District, retracted, user
from tests.support.limits import LOOPBACK


@pytest.fixture
async def learners(district: District) -> dict[str, UUID]:
    """Two of one name, whom nothing but their keys tells apart."""
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("1"), user("2")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows("SELECT key, learner_id FROM person WHERE tenant_id = %s", tx.tenant)
    return dict(rows)


def _entry(*learners: UUID) -> Observations:
    return Observations(
        id=uuid4(),
        title="Exit ticket",
        on=date(2026, 11, 3),
        by="Lee Sample",
        competency=f"http://127.0.0.1:8000/ims/case/v1p1/CFItems/{uuid4()}",
        method="formative",
        shown=[Observation(learner, "Proficient", "Explained it to a neighbor") for learner in learners],
    )


async def _enter(district: District, entry: Observations) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await add(tx, entry, VAULT, LOOPBACK)
    await district.settle()


async def test_it_is_of_whom_it_was_entered_for_and_of_nobody_else(
    district: District, learners: dict[str, UUID]
) -> None:
    entry = _entry(learners["1"])
    await _enter(district, entry)
    await _enter(district, entry)  # the form was sent twice
    records = await district.records()
    assert len(records) == 2
    (result,) = records[str(learners["1"])]["results"]
    assert (result["title"], result["level"], result["assessor"]) == ("Exit ticket", "Proficient", "Lee Sample")
    assert records[str(learners["2"])]["results"] == []


async def test_what_is_taken_back_counts_no_more(district: District, learners: dict[str, UUID]) -> None:
    entry = _entry(*learners.values())
    await _enter(district, entry)
    async with district.db.transaction(district.tenant.id) as tx:
        await withdraw(tx, entry.id, [learners["1"]], VAULT, LOOPBACK)
    await district.settle()
    records = await district.records()
    assert retracted(records[str(learners["1"])])["results"] == 1
    assert retracted(records[str(learners["2"])]) == {}


async def test_an_entry_without_a_level_or_a_title_is_refused(district: District, learners: dict[str, UUID]) -> None:
    for entry, words in ((_entry(), "Choose a level"), (replace(_entry(learners["1"]), title=""), "Say what")):
        with pytest.raises(Invalid, match=words):
            await _enter(district, entry)
