"""Webhooks on the wire."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Asked, Text, Wire


class WebhookNew(Asked):
    """Where to send events, and which."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://tool.example.org/hooks", "types": ["learner.updated"]}]}
    )

    url: str = Field(min_length=1, max_length=2000, description="an https address of yours")
    types: list[Text] = Field(default_factory=list, max_length=50, description="types of events; without any, all")


class WebhookChange(Asked):
    """What is to be changed of a webhook."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "active"}]})

    types: list[Text] | None = Field(None, max_length=50, description="in place of those before; none: all")
    state: Literal["active", "disabled"] | None = Field(None, description="active: it goes on where it stopped")


class ReplayFrom(Asked):
    """From where events are to be sent again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    after: str | None = Field(None, max_length=200, description="a cursor of the feed; without it, all it reaches to")


class Webhook(Wire):
    """An address that hears of events, and how that goes."""

    id: UUID
    url: str
    types: list[str] = Field(description="the types of events it hears of; none: all")
    state: Literal["active", "disabled"]
    state_reason: str | None = Field(description="why it is disabled")
    created_at: dt.datetime
    delivered: int = Field(description="events it has taken")
    skipped: int = Field(description="events it refused for good, or that were pruned before it took them")
    failing_since: dt.datetime | None
    next_try_at: dt.datetime | None = Field(description="where the last try failed")
    last_at: dt.datetime | None
    last_answer: str | None


class WebhookWithSecret(Wire):
    """A new webhook with its secret. This is the only time the secret is shown."""

    webhook: Webhook
    secret: str = Field(description="what messages are signed with (Standard Webhooks, v1)")


class WebhookList(Wire):
    """A client's webhooks."""

    webhooks: list[Webhook]


class WebhookTested(Wire):
    """What the address answered to a test event."""

    taken: bool
    status: int = Field(description="its HTTP status; 0 where it could not be reached")
    message: str
