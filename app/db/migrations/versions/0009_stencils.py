"""Stencils: credentials issued in bulk keep what they have in common once, and each its own words."""

from alembic import op

from app.db.isolation import isolated

revision = "0009"
down_revision = "0008"

TABLES = """
CREATE TABLE stencil (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE issued_credential ADD COLUMN stencil_id uuid;
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("stencil") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON stencil TO "{role}"')
