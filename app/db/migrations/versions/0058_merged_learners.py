"""Who became a learner is found by an index: every look at a record asks for it, and went through all learners."""

from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "CREATE INDEX learner_merged_into ON learner (tenant_id, merged_into) WHERE merged_into IS NOT NULL"
    )
