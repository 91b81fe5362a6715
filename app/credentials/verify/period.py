"""Whether a credential is valid at a moment."""

from datetime import datetime
from typing import Any

from app.credentials import jwt
from app.credentials.moments import SKEW, STAMP, later, moment
from app.credentials.verify.report import Check, failed, passed

BEGINS, ENDS = ("validFrom", "issuanceDate"), ("validUntil", "expirationDate")


def period(document: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """The begin and the end of the time in which a credential says that it is valid."""
    begins = [moment(document[name]) for name in BEGINS if name in document]
    ends = [moment(document[name]) for name in ENDS if name in document]
    return max(filter(None, begins), default=None), min(filter(None, ends), default=None)


def check(document: dict[str, Any], token: jwt.Token | None, now: datetime) -> Check:
    """Compare the period of a credential, and that of its token, with a moment."""
    begins, ends = period(document)
    if token is not None:
        begins = max(filter(None, [begins, _claim(token, "nbf")]), default=None)
        ends = min(filter(None, [ends, _claim(token, "exp")]), default=None)
    lenient = [
        f"{name} names no time zone; read as UTC"
        for name in BEGINS + ENDS
        if isinstance(document.get(name), str) and (match := STAMP.fullmatch(document[name])) and not match["zone"]
    ]
    lenient += [f"{name} is null, as if it were not there" for name in ENDS if name in document and not document[name]]
    if ends is not None and now - SKEW > ends:
        return failed("period", f"It expired on {ends:%Y-%m-%d}.", lenient)
    if begins is not None and later(now) < begins:
        return failed("period", f"It is not valid before {begins:%Y-%m-%d}.", lenient)
    return passed("period", f"It is valid until {ends:%Y-%m-%d}." if ends else "It does not expire.", lenient)


def _claim(token: jwt.Token, name: str) -> datetime | None:
    return jwt.moment(token.claims, name) if name in token.claims else None
