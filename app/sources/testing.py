"""Test: ask a source for as little as possible, stream by stream, and say beforehand what a sync would lack."""

from dataclasses import dataclass

from httpx import AsyncClient

from app.errors import ConfigError, RightsLacking, SourceDenied, SourceError
from app.sources.source import Source
from connectors import Stream
from connectors.kit.paging import Refused


@dataclass(frozen=True, slots=True)
class StreamTested:
    """Whether one stream of a source can be pulled, and what it lacks."""

    stream: str
    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Tested:
    """Whether a source answers as it should, in words, and each of its streams that was asked."""

    ok: bool
    message: str
    streams: tuple[StreamTested, ...] = ()


async def test_source(source: Source) -> Tested:
    """Ask a source whether it lets us in, then each stream that a sync would pull. Nothing is stored."""
    connector = source.connector
    if connector.client is None or connector.check is None:
        return Tested(ok=True, message="There is nothing to fetch from: records are pushed, or loaded from files.")
    try:
        async with connector.client(source.settings) as http:
            try:
                ok, message = True, await connector.check(http)
            except (Refused, RightsLacking) as why:  # of what the check asks for: the streams may be well
                ok, message = False, str(why)
            pulled = [stream for stream in source.streams() if stream.pull is not None and stream.probe is not None]
            streams = tuple([await _probed(stream, http) for stream in pulled])
    except (SourceError, ConfigError) as why:
        return Tested(ok=False, message=str(why))
    if lacking := [stream for stream in streams if not stream.ok]:
        words = "; ".join(f"{stream.stream}: {stream.message}" for stream in lacking)
        return Tested(ok=False, message=f"{message} A sync would leave out {len(lacking)}: {words}", streams=streams)
    return Tested(ok, message, streams)


async def _probed(stream: Stream, http: AsyncClient) -> StreamTested:
    assert stream.probe is not None
    try:
        await stream.probe(http)
    except SourceDenied as why:
        if not isinstance(why, RightsLacking):
            return StreamTested(stream.name, ok=False, message=str(why))
        rights = f" It takes {', '.join(stream.rights)}." if stream.rights else ""
        return StreamTested(stream.name, ok=False, message=f"{why}.{rights}")
    except (SourceError, ConfigError) as why:
        return StreamTested(stream.name, ok=False, message=str(why))
    return StreamTested(stream.name, ok=True, message="answers")
