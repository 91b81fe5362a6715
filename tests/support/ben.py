"""Ben, whose key in his student information system becomes another child's: what tests of succession begin with."""

from datetime import timedelta
from typing import Any

from app.sources.source import Source
from tests.support.district import MORNING, District, enrollment, user

TUESDAY, WEDNESDAY = MORNING + timedelta(days=1), MORNING + timedelta(days=2)
BEN: dict[str, Any] = user("u-1", "Ben", "Family1", identifier="100001", username="ben", grades=["08"])
ADA: dict[str, Any] = user("u-2", "Ada", "Sample", identifier="100002")


def demographics(key: str, birth: str) -> dict[str, Any]:
    return {"sourcedId": key, "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": birth}


async def ben(district: District) -> tuple[Source, str]:
    """Ben, as his student information system tells of him, and his learner id."""
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [BEN, ADA], MORNING)
    await district.listing(sis, "demographics", [demographics("u-1", "2011-02-02"), demographics("u-2", "2012-03-03")])
    await district.listing(sis, "enrollments", [enrollment("e-1", "u-1", "algebra")], MORNING)
    await district.settle()
    [learner] = [key for key, r in (await district.records()).items() if r["names"][0]["given"] == "Ben"]
    return sis, learner
