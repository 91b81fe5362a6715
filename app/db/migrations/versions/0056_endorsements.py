"""What a second organization says of a program's achievement."""

from alembic import op

from app.db.isolation import isolated

revision = "0056"
down_revision = "0055"

TABLES = """
CREATE TABLE program_endorsement (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    achievement_id uuid NOT NULL,
    program_id uuid NOT NULL,
    words text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX program_endorsement_of ON program_endorsement (tenant_id, achievement_id) WHERE ended_at IS NULL;
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(
        isolated("program_endorsement") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON program_endorsement TO "{role}"'
    )
