"""Passkeys of accounts, and challenges that were answered: each is taken once."""

from alembic import op

from app.db.isolation import isolated

revision = "0049"
down_revision = "0048"

TABLES = """
CREATE TABLE passkey (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    credential bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name text NOT NULL,
    made_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, credential)
);
CREATE INDEX passkey_of ON passkey (tenant_id, account_id);
CREATE TABLE answered_challenge (
    tenant_id integer NOT NULL,
    hash bytea NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in ("passkey", "answered_challenge"):
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
