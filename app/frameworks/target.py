"""What something is aligned to, as its source names it."""

import re
from typing import Any

from msgspec import Struct, structs

from app.frameworks.codes import address, normal
from schemas import Alignment

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Target(Struct, frozen=True):
    """What something is aligned to, as its source names it; `key` is the same for the same thing.

    `source` is whose name it is, where only that source knows it (an outcome's address there, a bare name).
    """

    key: str
    code: str | None = None
    url: str | None = None
    name: str | None = None
    framework: str | None = None
    source: int | None = None

    @property
    def by_code(self) -> "Target | None":
        """The target without its address, where it has a code and an address; None where it lacks either."""
        plain, url, _ = self.key.partition("@")
        coded = plain.startswith("code:") and url
        return structs.replace(self, key=plain, url=None) if coded else None


def target(alignment: Alignment, source: int) -> Target | None:
    """What an alignment points to; None where it points nowhere."""
    fields: dict[str, Any] = {
        "code": alignment.code,
        "url": alignment.url,
        "name": alignment.name,
        "framework": alignment.framework,
    }
    for text in (alignment.code, alignment.url):
        if text and (alignment.type == "CFItem" or "CFItem" in text) and (match := _UUID.search(text)):
            return Target(f"case:{match[0].lower()}", **fields)
    own = alignment.url is not None and alignment.url.startswith("/")
    if own:  # the source's own name for it is surer than a code, which two of its frameworks may share
        return Target(f"url:{source}:{alignment.url}", **fields, source=source)
    if alignment.code and normal(alignment.code):
        framework = (alignment.framework or "").casefold()
        plain = f"code:{framework}:{normal(alignment.code)}"
        return Target(f"{plain}@{address(alignment.url)}" if alignment.url else plain, **fields)
    if alignment.url:
        return Target(f"url::{alignment.url}", **fields)
    if alignment.name:
        return Target(f"name:{source}:{alignment.name.casefold()}", **fields, source=source)
    return None
