"""Traces for OpenTelemetry: what took how long, in spans that say nothing of anybody.

A span carries kinds alone: a route's template, a job's name, a status, an error's class. Off until `sending` has an
address to send to; `span` then costs next to nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode

from app.errors import ConfigError

_tracers: list[trace.Tracer] = []
"""The tracer that spans are made by, while traces are sent."""


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int) -> Iterator[Span]:
    """A span around what is done in the context. An error is told by its class: its words may be about a person."""
    if not _tracers:
        yield INVALID_SPAN
        return
    with _tracers[0].start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as why:
            current.set_status(StatusCode.ERROR, type(why).__name__)
            raise


@contextmanager
def sending(endpoint: str | None) -> Iterator[None]:
    """Send spans to an OTLP endpoint over HTTP (`http://collector:4318/v1/traces`) as long as the context lasts.

    OpenTelemetry's own variables say the rest (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`). Nothing is sent
    without an endpoint. ConfigError where the extra `traces` is not installed.
    """
    if endpoint is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigError(
            "TESSERA_TRACES is set, and its exporter is not installed: pip install 'tessera-records[traces]'"
        ) from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": "tessera", "service.version": version("tessera-records")}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    _tracers.append(provider.get_tracer("tessera"))
    try:
        yield
    finally:
        _tracers.clear()
        provider.shutdown()
