"""A question is as old as it is: also where the reason why two are asked about is another one by now."""

from datetime import timedelta
from typing import Any

from tests.support.district import MORNING, District, user


def evidence(**learner: Any) -> dict[str, Any]:
    who = {"identifiers": [{"type": "district", "value": "100001"}], "name": {"given": "Zoe", "family": "Other"}}
    return {"id": "e-1", "learner": who | learner, "name": "A robot", "occurredAt": "2026-08-20T10:00:00Z"}


async def test_a_question_with_another_reason_is_as_old_as_it_was(district: District) -> None:
    number = {"userIds": [{"type": "district", "identifier": "100001"}]}
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    born = {"sourcedId": "u-1", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
    await district.take(sis, "users", [user("u-1", "Ada", "Sample", **number)])
    await district.take(sis, "demographics", [{**born, "birthDate": "2011-02-02"}])
    await district.take(club, "evidence", [evidence()])
    await district.settle()
    [before] = await district.near_matches()
    await district.take(club, "evidence", [evidence(birthDate="2014-05-06")], MORNING + timedelta(days=1))
    await district.settle()
    [now] = await district.near_matches()
    assert now.reason != before.reason
    assert now.decided_at > before.decided_at
    assert now.since == before.since == before.decided_at
