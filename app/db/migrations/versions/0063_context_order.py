"""Of several statements of one school, class or competency the first is found by an index, however many there are.

A file says its learners' school on every row, and each group that is settled read all of them.
"""

from alembic import op

revision = "0063"
down_revision = "0062"

INDEX = """
CREATE INDEX record_context_order ON record
    (tenant_id, source_id, kind, key, state COLLATE "C", stream COLLATE "C", raw_key COLLATE "C", n)
    WHERE person IS NULL;
DROP INDEX record_context;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(INDEX)
