"""People who sign in: their accounts, what lets them in, the roles they hold, and their sessions."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class Account(TenantTable, table=True):
    """Somebody who signs in. `login` is what they type; `email` only where a provider or an administrator vouches for it.

    `password` is an argon2id hash; `second` the sealed secret of a second factor, `second_at` when it was confirmed,
    `second_step` the last time step used, `recovery` the hashes of codes that replace it once each. `operator_since`:
    it operates the instance, which only the command line can say.
    """

    id: uuid.UUID = Field(primary_key=True)
    login: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    password: bytes | None = Field(default=None, sa_type=LargeBinary)
    second: bytes | None = Field(default=None, sa_type=LargeBinary)  # not read any more: `sealed_second` is
    sealed_second: bytes | None = Field(default=None, sa_type=LargeBinary)
    second_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    second_step: int | None = Field(default=None, sa_type=BigInteger)
    recovery: list[str] = Field(default=[], sa_type=TEXTS, sa_column_kwargs={"server_default": "{}"})
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    operator_since: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class AccountPerson(TenantTable, table=True):
    """Who an account is in the record of a source: from there come the classes, schools and children of its owner."""

    account_id: uuid.UUID = Field(primary_key=True)
    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)
    bound_by: str = Field(sa_type=Text)
    bound_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class HeldRole(TenantTable, table=True):
    """A role of an account, from a day to a day: in the district, or for one learner, one school or one source.

    `origin` says how it came: `invitation`, `administrator`, `provider {id}`, `learner`. `sensitive`: with the right to
    see what is sensitive.
    """

    id: uuid.UUID = Field(primary_key=True)
    account_id: uuid.UUID
    role: str = Field(sa_type=Text)
    learner_id: uuid.UUID | None = None
    source_id: int | None = None
    org: str | None = Field(default=None, sa_type=Text)
    sensitive: bool = False
    origin: str = Field(sa_type=Text)
    begins: dt.datetime = Field(sa_type=MOMENT)
    ends: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    made_by: str = Field(sa_type=Text)
    ended_by: str | None = Field(default=None, sa_type=Text)


class Invitation(TenantTable, table=True):
    """What lets somebody make an account once, or set a new password: `hash` is of its code.

    `account_id`: for that account alone (a new password). The rest is what the account will hold.
    """

    id: uuid.UUID = Field(primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)
    role: str | None = Field(default=None, sa_type=Text)
    learner_id: uuid.UUID | None = None
    source_id: int | None = None
    org: str | None = Field(default=None, sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    account_id: uuid.UUID | None = None
    name: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    role_ends: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    used_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    used_by: uuid.UUID | None = None
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Session(TenantTable, table=True):
    """A browser that is signed in: `hash` is of what its cookie holds. `way` is how the person showed who they are."""

    id: uuid.UUID = Field(primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)
    account_id: uuid.UUID
    way: str = Field(sa_type=Text)
    browser: str = Field(sa_type=Text)
    began_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    seen_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Passkey(TenantTable, table=True):
    """A passkey of an account: `credential` is what its authenticator calls it, `public_key` a COSE key (RFC 9052)."""

    id: uuid.UUID = Field(primary_key=True)
    account_id: uuid.UUID
    credential: bytes = Field(sa_type=LargeBinary)
    public_key: bytes = Field(sa_type=LargeBinary)
    sign_count: int = Field(sa_type=BigInteger)
    name: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    used_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class AnsweredChallenge(TenantTable, table=True):
    """A challenge that a passkey has answered, by its hash, until it would be over anyway: it is taken once."""

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    until: dt.datetime = Field(sa_type=MOMENT)


class IdentityProvider(TenantTable, table=True):
    """An OpenID provider of the district: where it is, who we are there, and which claim gives which role.

    `vouches`: its e-mail addresses are the district's own people's, also where it does not say that they are verified.
    """

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    issuer: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    scopes: str = Field(sa_type=Text)
    rules: list[Any] = Field(sa_type=JSONB)
    vouches: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class ProviderSubject(TenantTable, table=True):
    """Whose account a provider's subject is."""

    provider_id: uuid.UUID = Field(primary_key=True)
    subject: str = Field(primary_key=True, sa_type=Text)
    account_id: uuid.UUID
    seen_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class Correction(TenantTable, table=True):
    """What somebody says is wrong in a record, in their words, and what they were answered."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    account_id: uuid.UUID
    asked_by: str = Field(sa_type=Text)
    about: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    asked_at: dt.datetime = Field(sa_type=MOMENT)
    outcome: str | None = Field(default=None, sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_by: str | None = Field(default=None, sa_type=Text)
    answered_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class LearnerWord(TenantTable, table=True):
    """A word of a learner's names, folded (`app.records.words`): what people find them by."""

    word: str = Field(primary_key=True, sa_type=Text)
    learner_id: uuid.UUID = Field(primary_key=True)
