"""A learning record store: xAPI statements pulled as they are stored, and read as pushed ones are (`xapi`)."""

from typing import Any

from connectors import Connector, Stream
from connectors.lrs import client
from connectors.lrs.client import LrsSettings
from connectors.xapi import connector as xapi
from connectors.xapi.mapping import statements

RIGHTS = ("statements/read",)
"""The scope of xAPI's OAuth (1.0.3, part 3, 4.2) that its credentials need."""


def _streams(settings: Any) -> tuple[Stream, ...]:
    homes, verbs = (settings.homes, settings.verbs) if settings else ({}, {})
    return (
        Stream(
            "statements",
            key=("id",),
            map=statements(homes, verbs),
            pull=client.statements,
            probe=client.probe,
            rights=RIGHTS,
            voids=True,
        ),
    )


connector = Connector(
    name="lrs",
    title="Learning record store (xAPI, pulled)",
    settings=LrsSettings,
    streams=_streams(None),
    more_streams=_streams,
    tier="silver",
    rank=xapi.rank,
    version=xapi.version,
    client=client.client,
    check=client.check,
)

__all__ = ["LrsSettings", "connector"]
