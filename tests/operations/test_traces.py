"""Traces go to the operator's collector, and say nothing of anybody."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.tracing import sending, span
from tests.support.api import Api

pytestmark = pytest.mark.enable_socket


class Collector(ThreadingHTTPServer):
    """An OTLP collector that keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[bytes] = []

    def spans(self) -> list[tuple[str, dict[str, str | int], str]]:
        """The spans that came: name, attributes, and what became of it."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            (
                each.name,
                {pair.key: pair.value.string_value or pair.value.int_value for pair in each.attributes},
                each.status.message,
            )
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for each in scope.spans
        ]


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


async def test_requests_transactions_and_jobs_are_spans_without_a_word_of_anybody(
    api: Api, collector: Collector
) -> None:
    headers = await api.pusher()
    with sending(f"http://127.0.0.1:{collector.server_port}/v1/traces"):
        learner = await api.learner(headers)
        await api.http.get("/v1/Ada Sample", headers=headers)
        with pytest.raises(ValueError, match="Ada"), span("job settle"):
            raise ValueError("Ada Sample")
    spans = collector.spans()
    described = [attributes for name, attributes, _ in spans if name == "POST /v1/evidence"]
    assert described == [
        {"http.request.method": "POST", "http.route": "/v1/evidence", "http.response.status_code": 201}
    ]
    assert {"transaction", "job settle", "GET unmatched"} <= {name for name, _, _ in spans}
    assert ("job settle", {}, "ValueError") in spans
    sent = b"".join(collector.bodies)
    for personal in (b"Ada", b"Sample", b"100482", learner.encode(), b"robotics"):
        assert personal not in sent


async def test_without_an_address_nothing_is_made(api: Api) -> None:
    with sending(None), span("request") as traced:
        assert not traced.is_recording()
