"""Looks at lists of learners: in the disclosure log once a day for each."""

from alembic import op

revision = "0040"
down_revision = "0039"

COLUMN = """
ALTER TABLE disclosure ADD COLUMN day date;
CREATE UNIQUE INDEX disclosure_day ON disclosure (tenant_id, learner_id, via, purpose, day) WHERE day IS NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(COLUMN)
