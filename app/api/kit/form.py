"""What OAuth endpoints are sent: a form, by a client that shows itself in it or by HTTP Basic."""

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request

FORM = "application/x-www-form-urlencoded"


class NoForm(ValueError):
    """The body is no form that can be taken, with the reason."""


async def form_of(request: Request) -> dict[str, str]:
    """The form's fields, each at most once. NoForm says why not."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise NoForm(f"Send a form: Content-Type {FORM}.")
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise NoForm("The form cannot be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise NoForm("A field stands twice.")
    return form


def basic(header: str) -> tuple[str, str] | None:
    """Id and secret of an HTTP Basic header, each form-encoded as RFC 6749 section 2.3.1 wants; None if it is none."""
    kind, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if kind.lower() == "basic" else None
