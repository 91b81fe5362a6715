"""Competency frameworks (CASE), what learners have shown of them, the rules of mastery, and what those add up to."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE framework (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    framework_type text,
    sensitivity text NOT NULL,
    origin text NOT NULL,
    sha256 bytea NOT NULL,
    received bytea NOT NULL,
    document json NOT NULL,
    package bytea NOT NULL,
    findings jsonb NOT NULL,
    imported_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE framework ALTER COLUMN received SET STORAGE EXTERNAL;
ALTER TABLE framework ALTER COLUMN package SET STORAGE EXTERNAL;
CREATE TABLE competency (
    tenant_id integer NOT NULL,
    framework_id uuid NOT NULL,
    n integer NOT NULL,
    id uuid NOT NULL,
    code text,
    aliases text[] NOT NULL,
    statement text NOT NULL,
    item_type text,
    sensitivity text NOT NULL,
    search tsvector NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, n)
);
CREATE INDEX competency_id ON competency (tenant_id, id);
CREATE INDEX competency_alias ON competency USING gin (aliases);
CREATE INDEX competency_search ON competency USING gin (search);
CREATE TABLE competency_link (
    tenant_id integer NOT NULL,
    framework_id uuid NOT NULL,
    n integer NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    origin uuid NOT NULL,
    destination uuid NOT NULL,
    sequence integer,
    strength text,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, n)
);
CREATE INDEX competency_link_id ON competency_link (tenant_id, id);
CREATE INDEX competency_link_origin ON competency_link (tenant_id, origin);
CREATE INDEX competency_link_destination ON competency_link (tenant_id, destination);
CREATE TABLE case_definition (
    tenant_id integer NOT NULL,
    framework_id uuid NOT NULL,
    kind text NOT NULL,
    n integer NOT NULL,
    id uuid NOT NULL,
    hierarchy text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, kind, n)
);
CREATE INDEX case_definition_id ON case_definition (tenant_id, kind, id);
"""

TENANT_TABLES = ("framework", "competency", "competency_link", "case_definition")


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in TENANT_TABLES:
        driver.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table}
                USING (tenant_id = nullif(current_setting('tessera.tenant', true), '')::integer);
            GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}";
        """)
    driver.execute(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
