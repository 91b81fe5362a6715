"""The limits of an operator who lets sources reach this machine, where tests have their servers."""

from connectors.limits import Limits, Private

LOOPBACK = Limits(Private.read(["127.0.0.1", "localhost", "::1"]))
