"""Pulled frameworks: what a source tells of its own competencies, as a CASE package that says where it is from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from app.db import Tx
from app.db.frameworks import frameworks, pulled
from app.db.frameworks.pulled import PulledCompetency, PulledRow
from app.frameworks.case.shapes import Json
from app.frameworks.frameworks import EXTENSION


@dataclass(frozen=True, slots=True)
class PulledFramework:
    """A framework that a source tells of; `adopted` is the framework here that was made of it, if one was."""

    row: PulledRow
    title: str
    id: UUID
    adopted: bool


async def listed(tx: Tx, namespace: UUID, source: int | None = None) -> list[PulledFramework]:
    """The frameworks of all sources, or of one. `namespace` is the tenant's own."""
    adopted = {row.id for row in await frameworks.listed(tx)}
    rows = await pulled.frameworks(tx, source)
    ids = [identifier(namespace, row.source_id, row.key) for row in rows]
    return [
        PulledFramework(row, row.title or f"{row.source}: competencies", id_, adopted=id_ in adopted)
        for row, id_ in zip(rows, ids, strict=True)
    ]


def identifier(namespace: UUID, source: int, key: str) -> UUID:
    """The identifier of a source's framework here: the same whenever it is adopted."""
    return uuid5(namespace, f"source:{source}:framework:{key}")


def own_address(source: int, url: str) -> str:
    """What a competency is called by its own source alone: two of them may have the same address."""
    return f"urn:source:{source}:{url}"


def package(
    framework: PulledFramework, competencies: Sequence[PulledCompetency], *, base: str, changed_at: str
) -> Json:
    """The CASE package of a source's framework: its competencies in order, each found by its address there."""
    document = _object(base, "CFDocuments", framework.id, changed_at) | {
        "caseVersion": "1.1",
        "title": framework.title,
        "creator": framework.row.source,
    }
    ids = {competency.key: uuid5(framework.id, f"competency:{competency.key}") for competency in competencies}
    items = [
        _item(framework, competency, _object(base, "CFItems", ids[competency.key], changed_at))
        for competency in competencies
    ]
    ends = [(item, uuid5(UUID(item["identifier"]), "isChildOf")) for item in items]
    associations = [
        _object(base, "CFAssociations", link, changed_at)
        | {
            "associationType": "isChildOf",
            "sequenceNumber": n,
            "originNodeURI": _end(item, item["fullStatement"]),
            "destinationNodeURI": _end(document, framework.title),
        }
        for n, (item, link) in enumerate(ends, 1)
    ]
    return {"CFDocument": document, "CFItems": items, "CFAssociations": associations}


def _item(framework: PulledFramework, competency: PulledCompetency, base: Json) -> Json:
    item = base | {"fullStatement": competency.statement}
    if competency.code and competency.code != competency.statement:
        item["humanCodingScheme"] = competency.code
    item["extensions"] = {EXTENSION: {"source": framework.row.slug}}
    if competency.uri:
        item["extensions"]["exactMatch"] = [own_address(framework.row.source_id, competency.uri)]
    return item


def _object(base: str, kind: str, key: UUID, changed_at: str) -> Json:
    return {"identifier": str(key), "uri": f"{base}/{kind}/{key}", "lastChangeDateTime": changed_at}


def _end(linked: Json, title: str) -> Json:
    return {"title": title, "identifier": linked["identifier"], "uri": linked["uri"]}
