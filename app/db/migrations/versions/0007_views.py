"""What frameworks said before, judging as a job, and record links that can be taken back."""

from alembic import op

from app.db.isolation import isolated

revision = "0007"
down_revision = "0006"

TABLES = """
ALTER TABLE framework ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE TABLE framework_past (
    tenant_id integer NOT NULL,
    framework_id uuid NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    origin text NOT NULL,
    sha256 bytea NOT NULL,
    received bytea NOT NULL,
    imported_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, version)
);
ALTER TABLE framework_past ALTER COLUMN received SET STORAGE EXTERNAL;
CREATE TABLE competency_past (
    tenant_id integer NOT NULL,
    framework_id uuid NOT NULL,
    version integer NOT NULL,
    n integer NOT NULL,
    id uuid NOT NULL,
    framework text NOT NULL,
    code text,
    statement text NOT NULL,
    item_type text,
    sensitivity text NOT NULL,
    body bytea NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, version, n)
);
CREATE INDEX competency_past_id ON competency_past (tenant_id, id);
CREATE INDEX competency_past_sensitive ON competency_past (tenant_id) WHERE sensitivity <> 'general';
CREATE TABLE judging (
    tenant_id integer PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    after uuid NOT NULL,
    learners integer NOT NULL,
    changed integer NOT NULL,
    finished_at timestamptz
);
CREATE TABLE record_link (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    learner_id uuid NOT NULL,
    reader text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX record_link_learner ON record_link (tenant_id, learner_id);
"""

TENANT_TABLES = ("framework_past", "competency_past", "judging", "record_link")


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in TENANT_TABLES:
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
