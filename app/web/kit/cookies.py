"""The cookies of pages: who is signed in, a word to be said once, and a language. None is read by a script."""

import base64
import hashlib
import hmac
import json
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from app.secrets import Vault
from app.settings import Settings

YEAR = 365 * 24 * 3600
LANGUAGE = "tessera-language"
FLASH = "tessera-flash"
KNOWN = "tessera-known"
VISIT = "tessera-visit"


class Word(NamedTuple):
    """A word to be said once, on the next page: `good`, `warn` or `bad`."""

    tone: str
    words: str


def session_name(settings: Settings) -> str:
    """The session cookie's name. Over TLS the browser itself sees to it that it is this host's alone (`__Host-`)."""
    return "__Host-tessera" if over_tls(settings) else "tessera"


def over_tls(settings: Settings) -> bool:
    """Whether browsers reach the service by https."""
    return settings.home.startswith("https://")


def put(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie: HttpOnly, SameSite=Lax, Secure over TLS."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=over_tls(settings), path="/"
    )


def drop(response: Response, settings: Settings, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=over_tls(settings))


def packed(vault: Vault, said: Word) -> str:
    """A word as a cookie holds it, signed: nobody else puts words on our pages."""
    text = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    return f"{text}.{_signed(vault, text)}"


def unpacked(vault: Vault, request: Request) -> Word | None:
    """The word that a request brings, if it is ours."""
    text, _, signed = request.cookies.get(FLASH, "").partition(".")
    if not text or not hmac.compare_digest(signed, _signed(vault, text)):
        return None
    return Word(*json.loads(base64.urlsafe_b64decode(text)))


def _signed(vault: Vault, text: str) -> str:
    return hmac.new(vault.signing_key("flash"), text.encode(), hashlib.sha256).hexdigest()
