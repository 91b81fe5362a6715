"""What programs and families are told of submissions: by whom it is waited for, and what became of the e-mail."""

from alembic import op

from app.db.isolation import isolated

revision = "0039"
down_revision = "0038"

TABLES = """
CREATE TABLE notice (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    program_id uuid NOT NULL,
    submission_id uuid,
    side text NOT NULL,
    kind text NOT NULL,
    month date,
    state text NOT NULL DEFAULT 'waiting',
    tries integer NOT NULL DEFAULT 0,
    why text,
    made_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notice_of ON notice (tenant_id, program_id, made_at);
CREATE INDEX notice_waiting ON notice (tenant_id, next_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX notice_month ON notice (tenant_id, program_id, month) WHERE month IS NOT NULL;
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("notice") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON notice TO "{role}"')
