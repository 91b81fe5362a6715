"""Guards: what a held run would end, shown by school and class; a source's calendar; runs that were undone."""

from alembic import op

from app.db.isolation import isolated

revision = "0017"
down_revision = "0016"

TABLES = """
ALTER TABLE source ADD COLUMN calendar jsonb;
ALTER TABLE run ADD COLUMN undone_at timestamptz;
CREATE TABLE guard_alarm (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    source_id integer NOT NULL,
    run_id bigint NOT NULL,
    stream text NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    role text NOT NULL,
    words text NOT NULL,
    gone integer NOT NULL,
    total integer NOT NULL,
    keys text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    allowed_at timestamptz,
    allowed_by text,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX guard_alarm_source ON guard_alarm (tenant_id, source_id, id);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("guard_alarm") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON guard_alarm TO "{role}"')
