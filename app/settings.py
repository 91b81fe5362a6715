"""What an operator can set, and the only place that reads the environment."""

import os
from hashlib import blake2b
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from connectors.limits import Limits, Private

ROOTS_DATA = Path("/var/lib/tessera")


def data_folder() -> Path:
    """`var` in the current folder, as a rule.

    PostgreSQL does not run as root. Where root starts it in a folder closed to everybody else, the data go to a folder
    of their own in /var/lib/tessera, which PostgreSQL's account can enter.
    """
    here = Path.cwd()
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (here, *here.parents)):
        return Path("var")
    return ROOTS_DATA / f"{here.name}-{blake2b(bytes(here), digest_size=4).hexdigest()}"


def _listed(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _addresses(entries: tuple[str, ...]) -> tuple[str, ...]:
    Private.read(entries)
    return entries


def _networks(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        ip_network(entry)
    return entries


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""Several texts, with commas between them."""


class Settings(BaseSettings):
    """Every setting is an environment variable: TESSERA_ and the name in capitals (DATABASE_URL also goes without)."""

    model_config = SettingsConfigDict(env_prefix="TESSERA_", populate_by_name=True, extra="ignore", frozen=True)

    data: Path = Field(
        default_factory=data_folder, description="the folder for the embedded database and the instance's key"
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="a PostgreSQL owned by us: migrations run as this user; without it, an embedded server is started",
    )
    service_database_url: SecretStr | None = Field(
        None, description="the same database as the service's own role, where DATABASE_URL's user may not create roles"
    )
    key: SecretStr | None = Field(
        None, description="the instance's key (base64 of 32 bytes), for sources' secrets; by default in the data folder"
    )
    backup_passphrase: SecretStr | None = Field(
        None, description="the passphrase that seals the instance's key in backups; without it, it is asked for"
    )
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="the port to listen on")
    public_url: str | None = Field(None, description="where clients reach the service: https://records.example.org")
    worker: bool = Field(True, description="run jobs inside the server process")
    pool_size: int = Field(8, ge=2, le=100, description="database connections per process")
    body_bytes: int = Field(8 * 1024 * 1024, gt=0, description="the largest request body accepted, in bytes")
    requests_per_second: float = Field(
        200, gt=0, description="how many requests a client may make per second, in each process"
    )
    trusted_proxies: Annotated[Listed, AfterValidator(_networks)] = Field(
        (),
        description="addresses and networks of the proxies before the service, with commas between them: only of "
        "these X-Forwarded-For and X-Forwarded-Proto are believed. Without it, all behind a proxy count as one visitor",
    )
    access_log: bool = Field(True, description="log each request: its id, operation, status, time, and whose it was")
    metrics_token: SecretStr | None = Field(
        None,
        description="what Prometheus shows to read /metrics; without it, only this machine may read them, and "
        "nobody where TESSERA_PUBLIC_URL tells that others reach the service",
    )
    private_addresses: Annotated[Listed, AfterValidator(_addresses)] = Field(
        (),
        description="which private addresses sources and hosts may be reached at, with commas between them: hosts by "
        "name (sis.district.local, 127.0.0.1:8901) and networks (10.20.0.0/16); none by default. A network never opens "
        "this machine itself, and nothing opens link-local addresses or a cloud's metadata service",
    )
    source_request_seconds: float = Field(
        120, gt=0, description="the most time that one request to a source may take, whatever its settings say"
    )
    source_response_bytes: int = Field(
        64 * 1024 * 1024, gt=0, description="the most bytes one response of a source may have, decompressed"
    )
    run_minutes: float = Field(
        12 * 60, gt=0, description="the longest a source may be pulled in one run, in minutes; the next run goes on"
    )
    batch_items: int = Field(5000, gt=0, description="the most items one push may have")
    event_days: int = Field(90, gt=0, description="how long the change feed reaches back, in days")
    raw_days: int | None = Field(
        None,
        ge=30,
        description="how long what a source sent is kept after newer versions took its place, in days; without it, for "
        "good. What stands is always kept. A run from before that can no longer be undone",
    )
    contexts: Path | None = Field(
        None, description="a folder of more JSON-LD contexts: its contexts.json tells file and SHA-256 of each"
    )
    known_issuers: Path | None = Field(
        None, description="a folder of issuer registries: JSON files as the Digital Credentials Consortium's are"
    )
    session_idle_minutes: float = Field(
        120, gt=0, description="after how many minutes without a look a browser is signed out"
    )
    session_hours: float = Field(12, gt=0, description="after how many hours a browser is signed out in any case")
    mail_host: str | None = Field(
        None, description="the mail server (SMTP) by which programs and families are told; without it, nothing is sent"
    )
    mail_port: int = Field(587, ge=1, le=65535, description="the mail server's port")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="how the way to the mail server is sealed: starttls, tls, or none (a server on this machine)",
    )
    mail_user: str | None = Field(None, description="the user at the mail server, where it asks for one")
    mail_password: SecretStr | None = Field(None, description="the user's password at the mail server")
    mail_from: str | None = Field(None, description="the sender's address: Tessera <records@example.org>")
    traces: str | None = Field(
        None, description="where traces are sent: an OTLP endpoint over HTTP, such as http://collector:4318/v1/traces"
    )
    help: Path | None = Field(None, description="the folder of the documentation's site, which /help then serves")
    log_level: str = Field("info", description="debug, info, warning or error")

    @property
    def home(self) -> str:
        """Where others reach the service: the public address, or else the one it listens on. Never the Host header."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  not bound here
        own = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        return (self.public_url or own).rstrip("/")

    @property
    def limits(self) -> Limits:
        """What the sources of all tenants may reach and use."""
        private = Private.read(self.private_addresses)
        return Limits(private, self.source_request_seconds, self.source_response_bytes)
