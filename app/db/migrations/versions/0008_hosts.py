"""Other hosts from which learners' credentials are fetched; what was found of the credentials inside one received."""

from alembic import op

from app.db.isolation import isolated

revision = "0008"
down_revision = "0007"

TABLES = """
CREATE TABLE host (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    standard text NOT NULL,
    private boolean NOT NULL,
    described jsonb NOT NULL,
    client text NOT NULL,
    method text NOT NULL,
    sealed bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX host_address ON host (tenant_id, address);
CREATE TABLE host_consent (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    host_id uuid NOT NULL,
    learner_id uuid NOT NULL,
    state text NOT NULL,
    token bytea,
    sealed bytea,
    profile bytea,
    since timestamptz,
    due_at timestamptz,
    note text,
    counts jsonb NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, host_id) REFERENCES host ON DELETE CASCADE
);
CREATE UNIQUE INDEX host_consent_token ON host_consent (tenant_id, token);
CREATE INDEX host_consent_due ON host_consent (tenant_id, due_at) WHERE due_at IS NOT NULL;
ALTER TABLE verification ADD COLUMN inside jsonb NOT NULL DEFAULT '[]';
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in ("host", "host_consent"):
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
