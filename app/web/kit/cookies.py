"""The cookies of pages: who is signed in, a word to be said once, and a language. None is read by a script."""

import base64
import hashlib
import hmac
import json
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from app.secrets import Vault, same_secret
from app.settings import Settings

SESSION = "tessera"
YEAR = 365 * 24 * 3600
LANGUAGE = "tessera-language"
FLASH = "tessera-flash"
KNOWN = "tessera-known"
VISIT = "tessera-visit"


class Word(NamedTuple):
    """A word to be said once, on the next page: `good`, `warn` or `bad`."""

    tone: str
    words: str


def name_of(settings: Settings, name: str) -> str:
    """What a browser calls a cookie. Over TLS it sees to it itself that the cookie is this host's alone (`__Host-`):

    no neighbor under the same domain can plant one, and so begin a sign-in or a form in somebody else's browser
    (RFC 6265bis, section 4.1.3.2).
    """
    return f"__Host-{name}" if over_tls(settings) else name


def session_name(settings: Settings) -> str:
    """What a browser calls the session cookie."""
    return name_of(settings, SESSION)


def brought(request: Request, settings: Settings, name: str) -> str:
    """What a request's cookie holds; nothing where it brings none."""
    return request.cookies.get(name_of(settings, name), "")


def over_tls(settings: Settings) -> bool:
    """Whether browsers reach the service by https."""
    return settings.home.startswith("https://")


def put(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie: HttpOnly, SameSite=Lax, Secure over TLS."""
    key, secure = name_of(settings, name), over_tls(settings)
    response.set_cookie(key, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")


def drop(response: Response, settings: Settings, name: str) -> None:
    """Take a cookie back."""
    key, secure = name_of(settings, name), over_tls(settings)
    response.delete_cookie(key, path="/", httponly=True, samesite="lax", secure=secure)


def packed(vault: Vault, word: Word) -> str:
    """A word as a cookie holds it, signed: nobody else puts words on our pages."""
    text = base64.urlsafe_b64encode(json.dumps(word).encode()).decode()
    return f"{text}.{_signed(vault, text)}"


def unpacked(vault: Vault, settings: Settings, request: Request) -> Word | None:
    """The word that a request brings, if it is ours."""
    text, _, signed = brought(request, settings, FLASH).partition(".")
    if not text or not same_secret(signed, _signed(vault, text)):
        return None
    return Word(*json.loads(base64.urlsafe_b64decode(text)))


def _signed(vault: Vault, text: str) -> str:
    return hmac.new(vault.signing_key("flash"), text.encode(), hashlib.sha256).hexdigest()
