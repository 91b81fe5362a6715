"""`tessera serve` and `tessera work`: the service, and jobs in a process of their own."""

import asyncio
import gc
import json
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import structlog
import typer
import uvicorn
from fastapi import FastAPI
from rich.markup import escape

from app import jobs
from app.cli.console import out
from app.cli.people import print_first_links
from app.cli.punctual import Punctual
from app.credentials import contexts
from app.errors import ConfigError
from app.settings import Settings
from app.start import Service, running
from app.tracing import sending

DRAIN = 7  # seconds requests under way get when the server is told to stop


def serve(
    host: Annotated[str | None, typer.Option(help="the address to listen on (TESSERA_HOST)")] = None,
    port: Annotated[int | None, typer.Option(help="the port to listen on (TESSERA_PORT)")] = None,
    worker: Annotated[bool | None, typer.Option(help="run jobs inside this process (TESSERA_WORKER)")] = None,
) -> None:
    """Run the service: its API, its pages and, unless told otherwise, its jobs."""
    overrides = {"host": host, "port": port, "worker": worker}
    settings = Settings().model_copy(update={name: value for name, value in overrides.items() if value is not None})
    configure_logging(settings.log_level)
    with sending(settings.traces):
        _run(_serve(settings))


def work() -> None:
    """Run jobs in a process of its own; as many as wanted, beside `tessera serve --no-worker`."""
    settings = Settings()
    configure_logging(settings.log_level)
    with sending(settings.traces):
        _run(_work(settings))


def export_openapi(
    path: Annotated[Path, typer.Argument(help="the file to write")] = Path("openapi/openapi.json"),
    check: Annotated[bool, typer.Option("--check", help="only compare; exit 1 where they differ")] = False,
) -> None:
    """Write the API's description (OpenAPI 3.1), as the service serves it."""
    from app.main import create_app  # here, for the other commands do without it and start faster

    text = json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        out.print(f"[green]✓[/] {escape(str(path))}")
    elif not path.exists() or path.read_text("utf-8") != text:
        raise ConfigError(f"{path} is not what the service serves: run 'tessera export-openapi' and commit it")
    else:
        out.print(f"[green]✓[/] {escape(str(path))} is what the service serves")


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run on the loop uvicorn would choose: uvloop, where it is installed, makes a request a third cheaper."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(main)


async def _serve(settings: Settings) -> None:
    from app.main import create_app  # here, for the other commands do without it and start faster

    with listening(settings.host, settings.port) as bound:
        settings = settings.model_copy(update={"port": bound.getsockname()[1]})  # links name it, also where it was 0
        app = create_app(settings)
        async with (
            opened_service(app) as service,
            termination() as stop,
            api_server(app, settings, bound) as (url, server),
            job_worker(service, enabled=settings.worker) as worker,
        ):
            out.print(f"Tessera is ready: {url}   API reference: {url}/docs   Ctrl+C ends it.", soft_wrap=True)
            await print_first_links(service)
            await asyncio.wait({server, stop, worker}, return_when=asyncio.FIRST_COMPLETED)


async def _work(settings: Settings) -> None:
    contexts.add(settings.contexts)
    async with (
        running(settings, shared=True) as service,
        termination() as stop,
        job_worker(service, enabled=True) as worker,
    ):
        out.print("Tessera works: jobs are taken from the queue. Ctrl+C ends it.")
        await asyncio.wait({stop, worker}, return_when=asyncio.FIRST_COMPLETED)


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: ours end the worker too, and with exit code 0."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",  # it is already open, so that what is wrong with it is told as an error
                timeout_graceful_shutdown=DRAIN,
                log_level=settings.log_level if settings.log_level != "info" else "warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # TESSERA_TRUSTED_PROXIES says whose are believed
                http=Punctual,
            )
        )
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # what starting has made is there to stay: the collector need not go through it again and again
        self.up.set()


@asynccontextmanager
async def api_server(
    app: FastAPI, settings: Settings, bound: socket.socket
) -> AsyncIterator[tuple[str, asyncio.Future[None]]]:
    """The API, answering on a socket as long as the context lasts: its URL, and a future that ends only with it."""
    server = Server(app, settings)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({serving, up}, return_when=asyncio.FIRST_COMPLETED)
    host, port, *_ = bound.getsockname()
    try:
        yield (f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"), serving
    finally:
        up.cancel()
        server.should_exit = True
        await serving


def configure_logging(level: str) -> None:
    """Log from this level on, to standard error: lines of JSON, or readable ones in a terminal.

    procrastinate has a word for every job, and httpx names whole URLs: of them, complaints only.
    """
    shape = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Log())),
    )
    for chatty in ("procrastinate", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Log:
    """Standard error. A line that cannot be written (a full disk, a closed pipe) is dropped: the work goes on."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound before anything else is begun; ConfigError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only of a socket that names its protocol asyncio knows that it is TCP, and turns off the delay of small packets.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError as why:
            raise ConfigError(
                f"{host} port {port} cannot be listened on: {why.strerror} "
                "(end what listens there, or choose another with --port)"
            ) from why
        yield bound


@asynccontextmanager
async def opened_service(app: FastAPI) -> AsyncIterator[Service]:
    """The service behind the app, open until the end of the block."""
    async with app.router.lifespan_context(app):
        service: Service = app.state.service
        yield service


@asynccontextmanager
async def termination() -> AsyncIterator[asyncio.Future[Any]]:
    """Done when the process is told to end (SIGTERM, or SIGINT as Ctrl+C sends it)."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[Any] = loop.create_future()

    def tell() -> None:
        if not stop.done():
            stop.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    yield stop


@asynccontextmanager
async def job_worker(service: Service, *, enabled: bool) -> AsyncIterator[asyncio.Future[None]]:
    """A worker as long as the context lasts; then the jobs under way get a little time, or go back to the queue.

    The future is done only where the worker failed, and says how.
    """
    worker: asyncio.Future[None] = (
        asyncio.create_task(jobs.work(service)) if enabled else asyncio.get_running_loop().create_future()
    )
    try:
        yield worker
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
