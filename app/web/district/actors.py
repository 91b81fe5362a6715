"""Who did something, by the name that ledgers and the audit log have: `account 5f0c…` is somebody's name."""

from collections.abc import Iterable
from uuid import UUID

from app.access import clients
from app.db import Tx
from app.people import directory
from app.web.kit.words import _

KINDS = ("account", "client")


async def names_of(tx: Tx, actors: Iterable[str]) -> dict[str, str]:
    """What people read in the place of each of these."""
    wanted = {actor: actor.partition(" ") for actor in actors}
    people = await directory.names(
        tx, [one for _kind, _, text in wanted.values() if _kind == "account" and (one := _id(text))]
    )
    programs = (
        {one.id: one.name for one in await clients.listed(tx)}
        if any(k == "client" for k, *_r in wanted.values())
        else {}
    )
    found = {}
    for actor, (kind, _space, text) in wanted.items():
        known = people if kind == "account" else programs if kind == "client" else {}
        name = known.get(_id(text)) if _id(text) else None  # type: ignore[arg-type]
        if name:
            found[actor] = name if kind == "account" else _("%(name)s (a program)", name=name)
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
