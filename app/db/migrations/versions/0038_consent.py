"""Of what is in the record: when a guardian, or the learner, has taken back that it is kept and shown."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute("""
        ALTER TABLE submission ADD COLUMN consent_ended_at timestamptz;
        CREATE INDEX submission_without_consent ON submission (tenant_id, program_id) WHERE consent_ended_at IS NOT NULL;
    """)
