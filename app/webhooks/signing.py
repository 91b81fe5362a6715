"""The Standard Webhooks convention (v1): how an event is written, and how it is signed. Pure.

A message has an id, which stays the same when it is sent again, and the time it is sent at. The signature is the
HMAC-SHA256 of `id.time.body` under the endpoint's secret: `v1,` and base64. See standardwebhooks.com.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

PREFIX = "whsec_"


class Message(NamedTuple):
    """An event as it is sent: `id` names it for good."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]

    @property
    def body(self) -> bytes:
        """The message's body, as it is signed and sent."""
        return msgspec.json.encode({"type": self.type, "timestamp": self.timestamp, "data": self.data})


def message(
    place: tuple[int, int, int], type: str, at: datetime, learner: UUID | None, data: dict[str, Any]
) -> Message:
    """An event of the feed as a message: `data` has the learner beside what the event tells."""
    _, xid, number = place
    content = {**({"learner": learner} if learner is not None else {}), **data}
    return Message(f"evt_{xid}_{number}", type, at, content)


def new_secret(random: bytes) -> str:
    """A secret as text, of random bytes (24 to 64 of them)."""
    return PREFIX + base64.b64encode(random).decode()


def headers(sent: Message, secret: str, now: datetime) -> dict[str, str]:
    """The headers of a message that is sent now."""
    seconds = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "webhook-id": sent.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secret, sent.id, seconds, sent.body),
    }


def signature(secret: str, id: str, seconds: int, body: bytes) -> str:
    """What a message is signed with."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
