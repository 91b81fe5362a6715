"""What a copy of a badge before 3.0 says otherwise than its issuer publishes.

Whoever hands a hosted badge in may have written what they like into it: it is trusted to name an address. What stands
at that address is the badge (Open Badges 2.0, verification of HostedBadge).
"""

from collections.abc import Iterator
from typing import Any

from app.credentials.moments import loose_moment
from app.credentials.verify.resolve import same_address
from app.credentials.verify.shape import identifier, listed

Json = dict[str, Any]
SAID = frozenset(
    {
        "id",
        "type",
        "uid",
        "recipient",
        "salt",
        "badge",
        "image",
        "evidence",
        "narrative",
        "issuedOn",
        "issued_on",
        "expires",
        "revoked",
        "revocationReason",
        "name",
        "description",
        "criteria",
        "issuer",
        "alignment",
        "alignments",
        "tags",
        "url",
        "email",
        "origin",
        "org",
    }
)
"""What an assertion, its badge class and its issuer say. Other names are extensions, which are shown to nobody."""
DATES = ("issuedOn", "issued_on", "expires")


def differing(copy: Json, published: Json) -> list[str]:
    """What a copy says otherwise than is published, by field. Of `badge` and `issuer`: only which they are."""
    return [name for name in copy if name in SAID and not _alike(name, copy[name], published.get(name))]


def dropped(copy: Json, published: Json) -> list[str]:
    """What is published and the copy leaves out."""
    return [name for name in published if name in SAID and name not in copy]


def embedded(copy: Json, badge: Json, profile: Json) -> Iterator[tuple[str, Json, Json]]:
    """A badge class and an issuer that a copy writes out, by their names, each with the one that is published."""
    own = copy.get("badge")
    if isinstance(own, dict):
        yield "badge", own, badge
        if isinstance(own.get("issuer"), dict):
            yield "issuer", own["issuer"], profile


def _alike(name: str, mine: Any, other: Any) -> bool:
    """Whether two values say the same; a thing may be written out or named by its id."""
    if mine == other:
        return True
    if name in DATES:
        moments = loose_moment(mine), loose_moment(other)
        return moments[0] is not None and moments[0] == moments[1]
    if name == "type":
        return set(map(str, listed(mine))) == set(map(str, listed(other)))
    if name == "image" and any(str(identifier(value)).startswith("data:") for value in (mine, other)):
        return True  # a picture written out, where the other has its address: what is published is shown
    if isinstance(mine, list) or isinstance(other, list):
        several, others = listed(mine), listed(other)
        return len(several) == len(others) and all(map(_alike, [name] * len(several), several, others))
    if name in ("badge", "issuer") or not (isinstance(mine, dict) and isinstance(other, dict)):
        ids = identifier(mine), identifier(other)
        return same_address(ids[0], ids[1]) if ids[0] is not None and ids[1] is not None else _unnamed(mine, other)
    return all(_alike(inner, mine.get(inner), other.get(inner)) for inner in mine.keys() | other.keys())


def _unnamed(mine: Any, other: Any) -> bool:
    """Things without an id, which nobody can be sent to: they are compared where they are written out."""
    return isinstance(mine, dict) and isinstance(other, dict) and not (identifier(mine) or identifier(other))
