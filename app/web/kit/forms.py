"""Forms: each carries a token that only our own pages can have, and is read field by field."""

import hashlib
import hmac
from contextvars import ContextVar
from datetime import date, datetime
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from app.errors import Denied, Invalid
from app.secrets import Vault, same_secret
from app.settings import Settings
from app.start import Service
from app.web.kit.cookies import SESSION, brought
from app.web.kit.words import later

FIELD = "form_token"
_TOKEN: ContextVar[str] = ContextVar("form_token", default="")
MOST_FIELDS, MOST_FILES = 2000, 20
STALE = later("This page was open too long, or came from elsewhere. Go back, load it again, and send it once more.")

UNREADABLE = later("A field holds a character (NUL) that is no text. Type it again, rather than pasting it.")


class Posted:
    """What was sent with a form."""

    def __init__(self, form: FormData) -> None:
        self.form = form

    def text(self, name: str, default: str = "") -> str:
        """A field's text, without blanks around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def secret(self, name: str) -> str:
        """A field's text just as it was typed."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def many(self, name: str) -> list[str]:
        """All that was chosen of several."""
        return [value for value in self.form.getlist(name) if isinstance(value, str) and value]

    def flag(self, name: str) -> bool:
        """Whether a box is checked."""
        return bool(self.text(name))

    def counts(self, name: str) -> list[int]:
        """All numbers that were chosen of several; what is none is left out."""
        return [int(value) for value in self.many(name) if value.isascii() and value.isdigit() and len(value) < 19]

    def whole(self, name: str, default: int | None = None) -> int | None:
        """A whole number. Invalid where it is none."""
        text = self.text(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise Invalid(f"'{text[:40]}' is no whole number.", pointers={f"/{name}": "a whole number"}) from None

    def uuid(self, name: str) -> UUID | None:
        """An id. Invalid where it is none."""
        text = self.text(name)
        try:
            return UUID(text) if text else None
        except ValueError:
            raise Invalid(f"'{text[:40]}' is no id.", pointers={f"/{name}": "an id"}) from None

    def day(self, name: str) -> date | None:
        """A day, as a date field sends it. Invalid where it is none."""
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise Invalid(f"'{text[:40]}' is no day.", pointers={f"/{name}": "a day"}) from None

    def moment(self, name: str) -> datetime | None:
        """The end of a day, in UTC, where one was given."""
        on = self.day(name)
        return None if on is None else datetime.fromisoformat(f"{on.isoformat()}T23:59:59+00:00")

    def file(self, name: str) -> UploadFile | None:
        """A file that was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None


def token(vault: Vault, settings: Settings, request: Request) -> str:
    """The token for this browser's forms: of its session, or where it has none of the cookie that its visit set."""
    secret = brought(request, settings, SESSION) or getattr(request.state, "visit", "")
    return hmac.new(vault.signing_key("form"), secret.encode(), hashlib.sha256).hexdigest() if secret else ""


def give(token: str) -> None:
    """From here on, in this request, forms carry that token."""
    _TOKEN.set(token)


def carried() -> str:
    """What templates call: the token for a form, so that a form's parts need nothing of the page they stand on."""
    return _TOKEN.get()


async def posted(request: Request) -> Posted:
    """What was sent with a form of ours. Denied where it came from elsewhere, Invalid where it is no text."""
    service: Service = request.app.state.service
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    expected, presented = token(service.vault, service.settings, request), form.get(FIELD, "")
    same_site = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if not expected or not isinstance(presented, str) or not same_secret(expected, presented) or not same_site:
        raise Denied(STALE, type="stale-form", title=later("This form is too old"))
    if any("\0" in value for _name, value in form.multi_items() if isinstance(value, str)):
        raise Invalid(UNREADABLE)
    return Posted(form)
