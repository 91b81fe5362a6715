"""Memberships: whom a person was one with until they were parted, so that who looked meanwhile is told to both."""

from alembic import op

from app.db.isolation import isolated

revision = "0048"
down_revision = "0047"

TABLES = """
CREATE TABLE membership (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    person text NOT NULL,
    until timestamptz NOT NULL,
    since timestamptz,
    learner_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, source_id, person, until)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("membership") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON membership TO "{role}"')
