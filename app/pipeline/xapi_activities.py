"""What is known of an activity: what all statements say that it is (xAPI 1.0.3 part 3, 2.5)."""

from collections.abc import Iterator

from app.db import Tx
from app.pipeline.xapi import Json, Query, inside, listed, part, statements

MAPS = ("name", "description", "extensions")
"""Properties of a definition whose entries are gathered, each by itself."""


async def activity(tx: Tx, source: int, activity_id: str) -> Json:
    """An activity with what statements say that it is, as far as one question looks; the last word counts."""
    page = await statements(tx, source, Query(activity=activity_id, related_activities=True))
    definition: Json = {}
    for statement in reversed(page.statements):
        for words in _definitions(statement, activity_id):
            definition = {
                **definition,
                **words,
                **{name: {**part(definition, name), **part(words, name)} for name in MAPS},
            }
    definition = {name: value for name, value in definition.items() if name not in MAPS or value}
    return {"objectType": "Activity", "id": activity_id, **({"definition": definition} if definition else {})}


def _definitions(statement: Json, activity_id: str) -> Iterator[Json]:
    around = part(part(statement, "context"), "contextActivities")
    for each in (part(statement, "object"), *(each for named in around.values() for each in listed(named))):
        if each.get("id") == activity_id and (definition := part(each, "definition")):
            yield definition
    if inner := inside(statement):
        yield from _definitions(inner, activity_id)
