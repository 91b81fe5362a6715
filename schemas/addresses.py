"""The one meaning of a web address: what is taken in as one, and how it is written where the standard wants a URI."""

import re
from urllib.parse import quote, urlsplit

_ALLOWED = "!#$&'()*+,/:;=?@[]~-._"
"""RFC 3986's reserved and unreserved characters, beside letters and digits."""

_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BRACKETS = {"[": "%5B", "]": "%5D"}
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})\.[A-Za-z]{2,63}")


def is_web_address(text: str) -> bool:
    """Whether a text is an http or https address with a host, and no blank in it."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
        parts.port  # noqa: B018  ValueError where it is none
    except ValueError:
        return False
    blank = any(character.isspace() or not character.isprintable() for character in text)
    return parts.scheme.lower() in ("http", "https") and bool(host) and not blank and as_uri(text) is not None


def as_uri(text: str) -> str | None:
    """An address with all that RFC 3986 does not allow percent-encoded, as browsers send it; None where it is none.

    What is one already stays as it is, and so does what is encoded in it.
    """
    if not _SCHEME.match(text):
        return None
    written = quote(_LONE_PERCENT.sub("%25", text), safe=_ALLOWED + "%")
    try:
        parts = urlsplit(written)
    except ValueError:
        return None
    head = written[: len(parts.scheme) + 1] + (
        f"//{parts.netloc}" if written[len(parts.scheme) + 1 :][:2] == "//" else ""
    )
    if "%" in parts.netloc or parts.netloc.count("@") > 1:
        return None
    rest, hash_, fragment = written[len(head) :].partition("#")
    rest = "".join(_BRACKETS.get(character, character) for character in rest)
    fragment = "".join({**_BRACKETS, "#": "%23"}.get(character, character) for character in fragment)
    return head + rest + hash_ + fragment


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address that a letter can be sent to, and nothing else."""
    return _EMAIL.fullmatch(text) is not None
