"""Visitors without a key: how often each may ask, told by where they come from."""

import ipaddress
from uuid import UUID

from starlette.requests import Request

from app.access.gate import too_many
from app.access.rate import Buckets

LOOKS = (2.0, 60.0)
"""Pages read, as a second and at once: a school's classroom behind one address gets through."""
WORK = (0.2, 20.0)
"""Verifications: each may take some tens of milliseconds, and a request to another host."""
GUESSES = (0.02, 10.0)
"""Codes typed: 50 random bits, so that ten and one more each minute lead nowhere."""
CODES = (0.2, 30.0)
"""Invitations looked at: 80 random bits, and a class may take theirs up in one room."""
VIEWED = (5.0, 120.0)
"""Pages and forms of somebody who is signed in, by session: a school's staff share an address."""


class Visitors:
    """How often visitors have asked of late, in this process."""

    def __init__(self) -> None:
        self.looks = Buckets(*LOOKS)
        self.work = Buckets(*WORK)
        self.guesses = Buckets(*GUESSES)
        self.codes = Buckets(*CODES)
        self.viewed = Buckets(*VIEWED)


def admit(request: Request, buckets: Buckets) -> None:
    """Count a visit. TooManyRequests where there were too many from there."""
    if wait := buckets.take(place(request)):
        raise too_many(wait, "Too many visits from where you are")


def admit_viewer(visitors: Visitors, session: UUID) -> None:
    """Count a look of somebody who is signed in. TooManyRequests where there were too many."""
    if wait := visitors.viewed.take(session):
        raise too_many(wait, "Too many looks at once")


def place(request: Request) -> str:
    """Where a visitor comes from: an IPv4 address, or the network an IPv6 address is one of countless in."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host
