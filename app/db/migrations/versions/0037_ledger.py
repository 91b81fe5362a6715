"""What was issued as a list by time, and who changed it last."""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute("""
        ALTER TABLE issued_credential ADD COLUMN changed_by text;
        CREATE INDEX issued_credential_newest ON issued_credential (tenant_id, issued_at DESC, id DESC);
    """)
