"""Frameworks handed to other systems in the format they read."""

from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import frameworks
from app.errors import NotFound
from app.frameworks.formats.writing import Form, ctdl_asn, spreadsheet


async def exported(tx: Tx, framework: UUID, form: Form) -> bytes:
    """A framework as another system reads it. NotFound where there is none."""
    package = await frameworks.package(tx, framework)
    if package is None:
        raise NotFound
    if form == "case":
        return package
    body = msgspec.json.decode(package)
    return ctdl_asn(body) if form == "ctdl-asn" else spreadsheet(body).encode()
