"""Identifiers that a crowd shares, and that therefore link nobody."""

from alembic import op

from app.db.isolation import isolated

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute("""
        CREATE TABLE crowd (
            tenant_id integer NOT NULL,
            type text NOT NULL,
            value text NOT NULL,
            issuer text NOT NULL,
            PRIMARY KEY (tenant_id, type, value, issuer)
        );
    """)
    driver.execute(isolated("crowd") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON crowd TO "{role}"')
