"""From a JSON-LD document to the one text that is hashed and signed.

document ─▶ statements ─▶ canonical N-Quads
           (contexts worked out once)   (RDFC-1.0, with a budget)

Pure.
"""

from typing import Any

from app.credentials.errors import DataRefused
from app.credentials.jsonld.rdfc import canonical
from app.credentials.jsonld.statements import statements
from app.credentials.jsonld.work import Quota, Work

__all__ = ["Quota", "canonize"]


def canonize(document: Any, algorithm: str = "sha256", quota: Quota | None = None) -> bytes:
    """The canonical form of a document, in UTF-8. DataRefused or TooMuchWork where it must not be signed or trusted."""
    work = Work(quota=quota)
    try:
        return canonical(statements(document, work), work, algorithm).encode()
    except UnicodeEncodeError:
        raise DataRefused("a text holds half a character (a lone surrogate)") from None
