"""How many competencies of a learner are shown and mastered, as each place that counts them says."""

import re
from typing import Any

from tests.support.one_answer import World

Count = tuple[int, int]
"""How many competencies are shown, and how many of them are mastered."""


async def counts(made: World, learner: str) -> dict[str, dict[str, Count]]:
    """How many competencies are shown and mastered, of all and by framework, as each place counts them."""
    header = (await made.ask("GET", f"/learners/{learner}"))["competencies"]
    named = {"": header, **{row["title"]: row for row in header["frameworks"]}}
    standings = [
        row
        for part in (await made.ask("GET", f"/learners/{learner}/profile"))["domains"]
        for row in part["competencies"]
    ]
    profile: dict[str, Count] = {"": _count(standings)}
    for title in {row["framework"] for row in standings}:
        profile[title] = _count([row for row in standings if row["framework"] == title])
    link = await made.ask("POST", f"/learners/{learner}/record-link", {"reader": "the family"})
    answer = await made.api.http.get(link["url"])
    places = {"header": {title: (row["shown"], row["mastered"]) for title, row in named.items()}, "profile": profile}
    if answer.status_code == 429:  # of a large district: a page for everybody has a limit for one visitor
        return places
    sentence = re.search(r"(\d+) competencies mastered so far, (\d+) begun", answer.text)
    met, begun = (int(sentence[1]), int(sentence[2])) if sentence else (0, 0)
    without = sum(row["level"] is None for row in standings)  # the page counts those that have a level
    page = (without + met + begun, met)
    return places | {"record page": {"": page}}


def _count(competencies: list[Any]) -> Count:
    return len(competencies), sum(competency["mastered"] for competency in competencies)
