"""The tables of credentials, as declarations: migrations create them and a test compares the two."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, ForeignKeyConstraint, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class IssuerKey(TenantTable, table=True):
    """A key a tenant signs credentials with: `public` as JWK, `sealed` its private part.

    `retired_at`: signs no more, and what it signed still verifies. `revoked_at`: nothing it signed is to be trusted,
    and its private part is gone.
    """

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    public: dict[str, Any] = Field(sa_type=JSONB)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    retired_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class StatusList(TenantTable, table=True):
    """A list of credentials' states. The nth one taken has the index `start + n * step`, so that it tells no order."""

    id: int = Field(primary_key=True)
    step: int
    start: int
    taken: int


class IssuedCredential(TenantTable, table=True):
    """A credential as it was issued, byte for byte, and its state: active, suspended or revoked.

    `origin` is what of the learner's record it says: the same thing is issued once, until it is revoked. Where it has a
    template, `body` is its values, and `app.template_values` makes it whole.
    """

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    kind: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    list_id: int
    list_index: int
    status_type: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    issued_by: str = Field(sa_type=Text)
    issued_at: dt.datetime = Field(sa_type=MOMENT)
    valid_until: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    changed_at: dt.datetime = Field(sa_type=MOMENT)
    batch_id: uuid.UUID | None = None
    stencil_id: uuid.UUID | None = None
    changed_by: str | None = Field(default=None, sa_type=Text)


class Stencil(TenantTable, table=True):
    """What credentials issued in bulk have in common (`app.template_values`)."""

    id: uuid.UUID = Field(primary_key=True)
    text: str = Field(sa_type=Text)


class PublishedAchievement(TenantTable, table=True):
    """What was achieved by whom a credential was issued to, as everybody may read it: nothing of any learner."""

    id: uuid.UUID = Field(primary_key=True)
    body: dict[str, Any] = Field(sa_type=JSON)
    published_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class IssueBatch(TenantTable, table=True):
    """Credentials asked for many learners at once, and how far that is."""

    id: uuid.UUID = Field(primary_key=True)
    wanted: dict[str, Any] = Field(sa_type=JSONB)
    state: str = Field(sa_type=Text)
    counts: dict[str, Any] = Field(sa_type=JSONB)
    message: str | None = Field(default=None, sa_type=Text)
    asked_by: str = Field(sa_type=Text)
    asked_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    finished_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Verification(TenantTable, table=True):
    """What was found when a received credential was verified: of the raw record with that hash, and of no other.

    `known_by`: what its issuer is known by, `list` or `domain`. `inside`: verdict, revoked, note and known_by of each
    credential inside it, in order.
    """

    source_id: int = Field(primary_key=True)
    raw_key: str = Field(primary_key=True, sa_type=Text)
    hash: int = Field(sa_type=BigInteger)
    verdict: str = Field(sa_type=Text)
    revoked: bool
    note: str = Field(sa_type=Text)
    known_by: str | None = Field(default=None, sa_type=Text)
    report: dict[str, Any] = Field(sa_type=JSON)
    inside: list[Any] = Field(sa_type=JSONB)
    checked_at: dt.datetime = Field(sa_type=MOMENT)
    due_at: dt.datetime = Field(sa_type=MOMENT)


class Share(TenantTable, table=True):
    """A link that shows chosen credentials of a learner, for a purpose and a time; `token` is the hash of its secret."""

    id: uuid.UUID = Field(primary_key=True)
    token: bytes = Field(sa_type=LargeBinary)
    learner_id: uuid.UUID
    items: list[uuid.UUID] = Field(sa_type=ARRAY(Uuid))
    purpose: str = Field(sa_type=Text)
    recipient: str | None = Field(default=None, sa_type=Text)
    show_name: bool
    created_by: str = Field(sa_type=Text)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    parts: dict[str, list[str]] = Field(default={}, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})


class Claim(TenantTable, table=True):
    """A link by which a family claims what was issued to a learner: a hash of its secret, and the secret, sealed.

    `mail_state`: waiting, sent or given up, where it is sent by e-mail.
    """

    id: uuid.UUID = Field(primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    learner_id: uuid.UUID
    credentials: list[uuid.UUID] = Field(sa_type=ARRAY(Uuid))
    mail_to: str | None = Field(default=None, sa_type=Text)
    mail_state: str | None = Field(default=None, sa_type=Text)
    mail_tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    mail_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    claimed_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Disclosure(TenantTable, table=True):
    """Who saw what of a learner, when, by which way and for what purpose: lines are only ever added.

    `day`: of a look at a list of learners, which stands here once a day for each of them, however often it is opened.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    learner_id: uuid.UUID
    share_id: uuid.UUID | None = None
    via: str = Field(sa_type=Text)
    party: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    items: list[str] = Field(sa_type=TEXTS)
    day: dt.date | None = None


class WalletTicket(TenantTable, table=True):
    """The hash of something that works once: to register an app (`register`), or to connect a learner (`connect`)."""

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    kind: str = Field(sa_type=Text)
    learner_id: uuid.UUID | None = None
    note: str = Field(sa_type=Text)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    used_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class WalletApp(TenantTable, table=True):
    """An app that registered itself (RFC 7591) to fetch and hand in learners' credentials."""

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    redirect_uris: list[str] = Field(sa_type=TEXTS)
    scopes: list[str] = Field(sa_type=TEXTS)
    metadata_: dict[str, Any] = Field(sa_type=JSONB, sa_column_kwargs={"name": "metadata"})
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class WalletToken(TenantTable, table=True):
    """The hash of an authorization code, an access token or a refresh token; `family` is the consent it came from."""

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    kind: str = Field(sa_type=Text)
    family: uuid.UUID
    app_id: uuid.UUID
    learner_id: uuid.UUID
    scopes: list[str] = Field(sa_type=TEXTS)
    redirect_uri: str | None = Field(default=None, sa_type=Text)
    challenge: str | None = Field(default=None, sa_type=Text)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    used_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class WalletProfile(TenantTable, table=True):
    """What a learner's app has said of the learner's profile, as it said it."""

    learner_id: uuid.UUID = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    updated_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class HeldCredential(TenantTable, table=True):
    """A credential of another issuer that a learner's app handed in, byte for byte."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    issuer: str = Field(sa_type=Text)
    credential: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    valid_from: dt.datetime = Field(sa_type=MOMENT)
    received_from: str = Field(sa_type=Text)
    received_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    updated_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class Host(TenantTable, table=True):
    """Another host whose Open Badges or CLR API we are registered at; `sealed` is our secret there."""

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    standard: str = Field(sa_type=Text)
    private: bool
    described: dict[str, Any] = Field(sa_type=JSONB)
    client: str = Field(sa_type=Text)
    method: str = Field(sa_type=Text)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class HostConsent(TenantTable, table=True):
    """What lets us fetch a learner's credentials from a host: asked for, given, or ended.

    `token` is the hash of what the learner comes back with; `sealed` the verifier until then, and the tokens after.
    """

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "host_id"], ["host.tenant_id", "host.id"], ondelete="CASCADE"),
    )
    id: uuid.UUID = Field(primary_key=True)
    host_id: uuid.UUID
    learner_id: uuid.UUID
    state: str = Field(sa_type=Text)
    token: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    profile: bytes | None = Field(default=None, sa_type=LargeBinary)
    since: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    due_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    note: str | None = Field(default=None, sa_type=Text)
    counts: dict[str, Any] = Field(sa_type=JSONB)
    asked_by: str = Field(sa_type=Text)
    asked_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)


class KnownIssuer(TenantTable, table=True):
    """An issuer that the tenant's staff know: its identifier, and the name they know it by."""

    id: uuid.UUID = Field(primary_key=True)
    issuer: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    added_by: str = Field(sa_type=Text)
    added_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
