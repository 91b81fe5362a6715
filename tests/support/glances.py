"""How many competencies of a learner are shown and mastered, as each place that counts them says."""

import re
from typing import Any

from tests.support.one_answer import World

Count = tuple[int, int]
"""How many competencies are shown, and how many of them are mastered."""


async def counts(made: World, learner: str) -> dict[str, dict[str, Count]]:
    """How many competencies are shown and mastered, of all and by framework, as each place counts them."""
    header = (await made.ask("GET", f"/learners/{learner}"))["competencies"]
    named = {"": header, **{one["title"]: one for one in header["frameworks"]}}
    told = [
        one
        for part in (await made.ask("GET", f"/learners/{learner}/profile"))["domains"]
        for one in part["competencies"]
    ]
    profile: dict[str, Count] = {"": _count(told)}
    for title in {one["framework"] for one in told}:
        profile[title] = _count([one for one in told if one["framework"] == title])
    link = await made.ask("POST", f"/learners/{learner}/record-link", {"reader": "the family"})
    text = (await made.api.http.get(link["url"])).text
    said = re.search(r"(\d+) competencies mastered so far, (\d+) begun", text)
    met, begun = (int(said[1]), int(said[2])) if said else (0, 0)
    without = sum(one["level"] is None for one in told)  # the page counts those that have a level
    page = (without + met + begun, met)
    return {
        "header": {title: (one["shown"], one["mastered"]) for title, one in named.items()},
        "profile": profile,
        "record page": {"": page},
    }


def _count(told: list[Any]) -> Count:
    return len(told), sum(one["mastered"] for one in told)
