"""The archive of last year: by November its classes have ended, results are listed no more, one quiz is taken back."""

from collections import Counter
from pathlib import Path

from app.pipeline.file import load
from app.sandbox.district import District as Sample
from app.sandbox.last_year import write_last_year
from tests.support.district import District


async def test_two_years_of_an_archive(district: District, tmp_path: Path) -> None:
    source, sample = await district.source("archive", "oneroster"), Sample(60)
    for name, over in (("June", False), ("November", True)):
        write_last_year(sample, tmp_path / name, over=over)
        report = await load(district.db, source, tmp_path / name, dry_run=False)
        assert report.state == "done", report.message
        assert [rejected for outcome in report.streams.values() for rejected in outcome.rejected] == []
    await district.settle()
    records = list((await district.records()).values())
    here = sum(learner.grade > 0 for learner in sample.learners)
    assert len(records) == here
    states = Counter(entry.get("state", "current") for record in records for entry in record["enrollments"])
    assert states == {"ended": here}
    assert {entry["state"] for record in records for entry in record["results"]} == {"unlisted"}
    assert sum(record["sections"]["results"]["retracted"] for record in records) == 2
