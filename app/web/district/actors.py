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
    parts = {actor: actor.partition(" ") for actor in actors}
    people = await directory.names(
        tx, [account for _kind, _, text in parts.values() if _kind == "account" and (account := _id(text))]
    )
    programs = (
        {client.id: client.name for client in await clients.listed(tx)}
        if any(k == "client" for k, *_r in parts.values())
        else {}
    )
    names = {}
    for actor, (kind, _space, text) in parts.items():
        known = people if kind == "account" else programs if kind == "client" else {}
        name = known.get(_id(text)) if _id(text) else None  # type: ignore[arg-type]
        if name:
            names[actor] = name if kind == "account" else _("%(name)s (a program)", name=name)
    return names


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
