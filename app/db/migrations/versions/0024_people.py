"""People: accounts, the roles they hold, invitations, sessions, and the providers that vouch for them."""

from alembic import op

from app.db.isolation import isolated

revision = "0024"
down_revision = "0023"

TABLES = """
CREATE TABLE account (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    email text,
    language text,
    password bytea,
    second bytea,
    second_at timestamptz,
    second_step bigint,
    recovery text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX account_login ON account (tenant_id, login) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX account_email ON account (tenant_id, email) WHERE ended_at IS NULL AND email IS NOT NULL;
CREATE TABLE account_person (
    tenant_id integer NOT NULL,
    account_id uuid NOT NULL,
    source_id integer NOT NULL,
    person text NOT NULL,
    bound_by text NOT NULL,
    bound_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id, source_id, person)
);
CREATE INDEX account_person_person ON account_person (tenant_id, source_id, person);
CREATE TABLE held_role (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    learner_id uuid,
    source_id integer,
    org text,
    sensitive boolean NOT NULL DEFAULT false,
    origin text NOT NULL,
    begins timestamptz NOT NULL,
    ends timestamptz,
    made_by text NOT NULL,
    ended_by text,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX held_role_account ON held_role (tenant_id, account_id);
CREATE INDEX held_role_learner ON held_role (tenant_id, learner_id) WHERE learner_id IS NOT NULL;
CREATE TABLE invitation (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    hash bytea NOT NULL,
    role text,
    learner_id uuid,
    source_id integer,
    org text,
    person text,
    account_id uuid,
    name text,
    email text,
    role_ends timestamptz,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by uuid,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX invitation_hash ON invitation (tenant_id, hash);
CREATE TABLE session (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    hash bytea NOT NULL,
    account_id uuid NOT NULL,
    way text NOT NULL,
    browser text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX session_hash ON session (tenant_id, hash);
CREATE INDEX session_account ON session (tenant_id, account_id) WHERE ended_at IS NULL;
CREATE TABLE identity_provider (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    sealed bytea,
    scopes text NOT NULL,
    rules jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE provider_subject (
    tenant_id integer NOT NULL,
    provider_id uuid NOT NULL,
    subject text NOT NULL,
    account_id uuid NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, provider_id, subject)
);
CREATE INDEX record_email ON record (tenant_id, lower(body->>'email'))
    WHERE kind = 'person' AND body->>'email' IS NOT NULL;
CREATE INDEX record_agents ON record USING gin (((body->'agents')::jsonb) jsonb_path_ops)
    WHERE kind = 'person' AND body->'agents' IS NOT NULL;
"""

AUDITED = (
    ("account", "id", "second_step,recovery"),
    ("account_person", "account_id", ""),
    ("held_role", "id", ""),
    ("invitation", "id", "hash"),
    ("identity_provider", "id", ""),
)
"""The tables whose changes are written down, what names a row, and the columns passed over."""

TENANT_TABLES = (
    *("account", "account_person", "held_role", "invitation", "session", "identity_provider", "provider_subject"),
)


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in TENANT_TABLES:
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
    for table, named, passed in AUDITED:
        driver.execute(
            f"CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION audited('{named}', '{passed}')"
        )
