"""Who is told when a source is held, fails again and again or is late, what they were told, and what is awaited."""

from alembic import op

from app.db.isolation import isolated

revision = "0062"
down_revision = "0061"

TABLES = """
CREATE TABLE awaited_sync (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id)
);
CREATE TABLE source_notice (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    source_id integer NOT NULL,
    kind text NOT NULL,
    run_id bigint,
    made_at timestamptz NOT NULL,
    over_at timestamptz,
    state text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    why text,
    next_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX source_notice_once ON source_notice (tenant_id, source_id, kind) WHERE over_at IS NULL;
CREATE INDEX source_notice_waiting ON source_notice (tenant_id, next_at) WHERE state = 'waiting';
CREATE TABLE notice_reader (
    tenant_id integer NOT NULL,
    account_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, account_id)
);
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON notice_reader
    FOR EACH ROW EXECUTE FUNCTION audited('account_id', '');
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in ("awaited_sync", "source_notice", "notice_reader"):
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
