"""Rosters served: which sources a tenant serves, the objects made of them, and what each client may see."""

from alembic import op

from app.db.isolation import isolated

revision = "0030"
down_revision = "0029"

TABLES = """
CREATE TABLE roster (
    tenant_id integer NOT NULL PRIMARY KEY,
    sources integer[] NOT NULL,
    refreshed_at timestamptz,
    counts jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE roster_user (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    key text NOT NULL,
    sourced_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, source_id, key)
);
CREATE INDEX roster_user_sourced ON roster_user (tenant_id, sourced_id);
CREATE TABLE roster_object (
    tenant_id integer NOT NULL,
    collection text NOT NULL,
    sourced_id uuid NOT NULL,
    source_id integer,
    kind text,
    key text,
    active boolean NOT NULL,
    modified timestamptz NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    kinds text[] NOT NULL,
    links uuid[] NOT NULL DEFAULT '{}',
    sensitive boolean NOT NULL,
    mark bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (tenant_id, collection, sourced_id)
);
CREATE INDEX roster_object_origin ON roster_object (tenant_id, collection, source_id, key);
CREATE INDEX roster_object_modified ON roster_object (tenant_id, collection, modified);
CREATE INDEX roster_object_links ON roster_object USING gin (links);
CREATE TABLE roster_share (
    tenant_id integer NOT NULL,
    client_id uuid NOT NULL,
    schools uuid[],
    classes uuid[],
    withheld text[] NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, client_id)
);
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON roster_share
    FOR EACH ROW EXECUTE FUNCTION audited('client_id', '');
"""
NAMES = ("roster", "roster_user", "roster_object", "roster_share")


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in NAMES:
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
