"""Names of sources as parts of addresses: a key may hold slashes, percent signs, blanks, or any letter. Pure."""

from urllib.parse import quote, unquote

from app.errors import NotFound


def segment(key: str) -> str:
    """A key as one part of an address.

    It is quoted twice, for a server undoes it once before it looks for slashes (RFC 3986, section 2.4).
    """
    return quote(quote(key, safe=""), safe="")


def key_of(part: str) -> str:
    """The key that a part of an address stands for, as a route has it. NotFound for one that no source can have."""
    key = unquote(part)
    if "\0" in key:
        raise NotFound
    return key
