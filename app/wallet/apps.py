"""Apps for learners' credentials: registered by invitation, let in by a learner, given tokens that are theirs alone.

registration ticket ─▶ app ─▶ (learner's connect code) ─▶ authorization code ─▶ access token + refresh token

OAuth 2.0 authorization code with PKCE (RFC 6749, 7636, 9700), dynamic registration (RFC 7591). Every text given out is
stored as its hash alone. A code or refresh token that is shown twice ends the whole consent.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit
from uuid import UUID, uuid4

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.access.keys import digest
from app.db import Tx
from app.db.wallet import wallet
from app.db.wallet.wallet import AppRow, TokenRow
from app.errors import Denied, NotFound, Unauthenticated
from app.identity import learners
from schemas.addresses import as_uri

OB = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/scope/"
SCOPES = {
    f"{root}{name}": meaning
    for root, what in ((OB, "badges"), (CLR, "learner records (CLR)"))
    for name, meaning in (
        ("credential.readonly", f"read your {what}"),
        ("credential.upsert", f"add {what} to what you hold here"),
        ("profile.readonly", "read your profile"),
        ("profile.update", "change your profile"),
    )
}
OFFLINE = "offline_access"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""A scheme that an app makes of a domain: it has a dot, as none of those that browsers know has."""
PORT = r"(:(?P<port>[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?"
HOST = re.compile(
    rf"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\]){PORT}"
)
LOCAL_HOST = re.compile(rf"(?P<host>127\.0\.0\.1|\[::1\]|localhost){PORT}")
ANSWER = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})
"""What an answer says in an address (RFC 6749, RFC 9207): none of it stands there already."""
CODE_SECONDS, ACCESS_SECONDS, REFRESH_DAYS = 60, 3600, 90
TICKET_DAYS, CONNECT_HOURS = 14, 72
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for another when a code is read out or copied by hand."""
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Refused(Exception):
    """A request for a token or a registration that is refused, with the `error` its RFC names."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(words)
        self.error = error
        self.words = words


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an app gets: shown this once."""

    access: str
    refresh: str
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks a learner for, checked as far as it can be before the learner is asked."""

    app: AppRow
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str


async def invite_app(tx: Tx, note: str, by: str) -> str:
    """An initial access token: with it, one app may register itself."""
    text = "twr_" + secrets.token_hex(32)
    expires = datetime.now(UTC) + timedelta(days=TICKET_DAYS)
    await wallet.add_ticket(tx, digest(text), "register", learner=None, note=note, by=by, expires=expires)
    return text


async def connect_code(tx: Tx, learner: UUID, by: str) -> tuple[str, datetime]:
    """A code a learner or guardian types once to let an app in, and until when: 50 random bits, in two groups.

    NotFound for no learner.
    """
    await learners.lineage(tx, learner)
    text = "".join(secrets.choice(LETTERS) for _ in range(10))
    expires = datetime.now(UTC) + timedelta(hours=CONNECT_HOURS)
    await wallet.add_ticket(tx, digest(text), "connect", learner=learner, note="", by=by, expires=expires)
    return f"{text[:5]}-{text[5:]}", expires


async def register(tx: Tx, ticket: str, metadata: dict[str, Any]) -> tuple[AppRow, str | None]:
    """Register an app by its initial access token; the app, and its secret if it can keep one. Refused else."""
    public = metadata["token_endpoint_auth_method"] == "none"  # noqa: S105  the name of a method
    uris = [_checked_redirect(uri, public=public) for uri in metadata["redirect_uris"]]
    scopes = metadata["scope"].split() if metadata.get("scope") else [*SCOPES, OFFLINE]
    if not set(scopes) & SCOPES.keys():
        raise Refused("invalid_client_metadata", f"scope: none of these is one of ours: {' '.join(SCOPES)}")
    if await wallet.use_ticket(tx, digest(ticket), "register") is None:
        raise Refused("invalid_token", "The initial access token is not known, was used, or has expired.")
    secret = None if public else "tws_" + secrets.token_hex(32)
    row = AppRow(
        id=uuid4(),
        name=metadata["client_name"],
        secret=digest(secret) if secret else None,
        redirect_uris=uris,
        scopes=[scope for scope in scopes if scope in SCOPES or scope == OFFLINE],
        metadata=metadata,
        created_at=datetime.now(UTC),
        revoked_at=None,
    )
    await wallet.add_app(tx, row)
    return row, secret


def _checked_redirect(uri: str, *, public: bool) -> str:
    """A redirect of an app on the web, on the loopback or, for one that keeps no secret, by a scheme of its own.

    Such a scheme is the app's domain in reverse (RFC 8252, section 7.1), so that no other app has a reason to take it.
    """
    parts = _redirect(uri)
    if parts is None:
        raise Refused("invalid_redirect_uri", f"'{uri}' will not do: it is no URI as RFC 3986 writes one")
    own = public and OWN_SCHEME.fullmatch(parts.scheme) is not None and bool(parts.netloc or parts.path)
    if not own and not _on_web(parts):
        words = "https, http on the loopback or, for a public client, a scheme like com.example.app:/ are; no fragment"
        raise Refused("invalid_redirect_uri", f"'{uri}' will not do: {words}")
    if parts.fragment or "@" in parts.netloc:
        raise Refused("invalid_redirect_uri", f"'{uri}' will not do: it has a fragment or a user")
    if reserved := sorted(ANSWER & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}):
        raise Refused("invalid_redirect_uri", f"'{uri}' will not do: '{reserved[0]}' in it is a word of our answer")
    return uri


def _redirect(uri: str) -> SplitResult | None:
    """The parts of a redirect; None where it is not written as RFC 3986 says, to the letter.

    What browsers and libraries would read otherwise than we (a backslash, a tab, a host with a semicolon, which would
    end a directive of the page's policy) leads nobody anywhere.
    """
    if as_uri(uri) != uri:
        return None
    parts = urlsplit(uri)
    written = not parts.netloc or HOST.fullmatch(parts.netloc.rpartition("@")[2]) is not None
    return parts if written and (parts.netloc or not parts.path.startswith("//")) else None


def _on_web(parts: SplitResult) -> bool:
    loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or loopback)


def may_redirect(app: AppRow, uri: str) -> bool:
    """Whether an app registered a redirect; on the loopback its port may be any (RFC 8252, section 7.3)."""
    if _redirect(uri) is None:
        return False
    bare = _portless(uri)
    return uri in app.redirect_uris or (bare is not None and bare in map(_portless, app.redirect_uris))


def _portless(uri: str) -> tuple[str, str, str] | None:
    """A redirect to an address of the loopback without its port; None for any other."""
    parts = _redirect(uri)
    host = LOCAL_HOST.fullmatch(parts.netloc) if parts is not None else None
    if parts is None or parts.scheme != "http" or host is None or parts.fragment:
        return None
    return host["host"], parts.path, parts.query


async def consent(tx: Tx, wish: Wish, code: str) -> str:
    """The authorization code for an app whom the learner of a connect code lets in. Refused for a wrong code."""
    typed = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    used = await wallet.use_ticket(tx, digest(typed), "connect")
    if used is None or used[0] is None:
        raise Refused(
            "access_denied", "This code is not known, was used, or has expired. Ask the school for a new one."
        )
    text = "twc_" + secrets.token_hex(32)
    expires = datetime.now(UTC) + timedelta(seconds=CODE_SECONDS)
    row = TokenRow(
        kind="code",
        family=uuid4(),
        app_id=wish.app.id,
        learner_id=used[0],
        scopes=list(wish.scopes),
        redirect_uri=wish.redirect_uri,
        challenge=wish.challenge,
        expires_at=expires,
        used_at=None,
    )
    await wallet.add_token(tx, digest(text), row)
    return text


async def app_of(tx: Tx, client_id: str, secret: str | None) -> AppRow:
    """The app that shows its id and secret (None for one that has none). Refused where there is none such."""
    stranger = Refused("invalid_client", "No registered app has this id and secret.")
    try:
        row = await wallet.live_app(tx, UUID(client_id))
    except ValueError:
        raise stranger from None
    if row is None or (row.secret is None) != (secret is None):
        raise stranger
    if row.secret is not None and not hmac.compare_digest(row.secret, digest(secret or "")):
        raise stranger
    return row


async def redeem(tx: Tx, app: AppRow, code: str, redirect_uri: str, verifier: str) -> Tokens | None:
    """Tokens for an authorization code; None where it was used before: then its consent is ended. Refused else."""
    row = await wallet.token(tx, digest(code), ["code"])
    if row is None or row.app_id != app.id:
        raise Refused("invalid_grant", "The code is not known, has expired, or is another app's.")
    if row.used_at is not None:
        await wallet.revoke_family(tx, row.family)
        return None
    if row.redirect_uri != redirect_uri:
        raise Refused("invalid_grant", "redirect_uri is not the one the code was asked for with.")
    if not VERIFIER.fullmatch(verifier) or create_s256_code_challenge(verifier) != row.challenge:
        raise Refused("invalid_grant", "code_verifier does not fit the code_challenge.")
    await wallet.use_token(tx, digest(code))
    return await _give(tx, row)


async def refresh(tx: Tx, app: AppRow, text: str, scopes: Sequence[str]) -> Tokens | None:
    """New tokens for a refresh token, which is used up; None where it was used before. Refused else."""
    row = await wallet.token(tx, digest(text), ["refresh"])
    if row is None or row.app_id != app.id:
        raise Refused("invalid_grant", "The refresh token is not known, has expired, or was revoked.")
    if row.used_at is not None:
        await wallet.revoke_family(tx, row.family)
        return None
    if surplus := set(scopes) - set(row.scopes):
        raise Refused("invalid_scope", f"'{min(surplus)}' was not consented to.")
    await wallet.use_token(tx, digest(text))
    await wallet.end_access(tx, row.family)
    return await _give(tx, row, scopes)


async def _give(tx: Tx, row: TokenRow, scopes: Sequence[str] = ()) -> Tokens:
    now = datetime.now(UTC)
    access, fresh = "twt_" + secrets.token_hex(32), "twf_" + secrets.token_hex(32)
    granted = [scope for scope in row.scopes if not scopes or scope in scopes]
    shared = (row.family, row.app_id, row.learner_id)
    until = now + timedelta(seconds=ACCESS_SECONDS)
    await wallet.add_token(tx, digest(access), TokenRow("access", *shared, granted, None, None, until, None))
    later = now + timedelta(days=REFRESH_DAYS)
    row_kept = TokenRow("refresh", *shared, row.scopes, None, None, later, None)
    await wallet.add_token(tx, digest(fresh), row_kept)
    return Tokens(access, fresh, granted)


async def revoke(tx: Tx, app: AppRow, text: str) -> None:
    """End the consent a token of this app came from (RFC 7009); any other text changes nothing."""
    row = await wallet.token(tx, digest(text), ["access", "refresh"])
    if row is not None and row.app_id == app.id:
        await wallet.revoke_family(tx, row.family)


async def bearer_of(tx: Tx, authorization: str | None, scope: str) -> TokenRow:
    """Whose access token a header holds. Unauthenticated where it opens nothing, Denied without the scope."""
    kind, _, text = (authorization or "").partition(" ")
    row = None
    if kind.lower() == "bearer" and re.fullmatch(r"twt_[0-9a-f]{64}", text.strip()):
        row = await wallet.token(tx, digest(text.strip()), ["access"])
    if row is None:
        error = "" if authorization is None else ' error="invalid_token"'
        raise Unauthenticated(
            "Send an access token that has not expired.",
            title="Access token required",
            headers={"WWW-Authenticate": f"Bearer{error}"},
        )
    if scope not in row.scopes:
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        headers = {"WWW-Authenticate": challenge}
        raise Denied(f"This needs the scope '{scope}'.", type="missing-scope", headers=headers)
    return row


async def registered(tx: Tx) -> list[AppRow]:
    """The apps that registered, newest first, also those that were revoked."""
    return await wallet.apps(tx)


async def live(tx: Tx, app: UUID) -> AppRow | None:
    """The app of that id, unless it was revoked."""
    return await wallet.live_app(tx, app)


async def end_app(tx: Tx, app: UUID) -> None:
    """End an app with all its tokens. NotFound where there is no such live app."""
    if not await wallet.revoke_app(tx, app):
        raise NotFound
