"""Former e-mail addresses, user names and accounts: whoever was told of by others once is settled again."""

from alembic import op

revision = "0051"
down_revision = "0050"

TOUCH = """
ALTER TABLE record NO FORCE ROW LEVEL SECURITY; -- for the owner, who migrates, and until this transaction ends
ALTER TABLE record_history NO FORCE ROW LEVEL SECURITY;
ALTER TABLE touched NO FORCE ROW LEVEL SECURITY;
INSERT INTO touched (tenant_id, source_id, persons, refs)
SELECT tenant_id, source_id, array_agg(person), '{}' FROM (
    SELECT tenant_id, source_id, person, row_number() OVER (PARTITION BY tenant_id, source_id) / 2000 AS part
    FROM (SELECT DISTINCT h.tenant_id, h.source_id, h.person FROM record_history h
          LEFT JOIN record r ON r.tenant_id = h.tenant_id AND r.source_id = h.source_id AND r.stream = h.stream
              AND r.raw_key = h.raw_key AND r.n = h.n AND r.person = h.person
          WHERE h.kind = 'person' AND h.person IS NOT NULL
            AND (r.body->'identifiers')::text IS DISTINCT FROM (h.body->'identifiers')::text) d) e
GROUP BY tenant_id, source_id, part;
ALTER TABLE record FORCE ROW LEVEL SECURITY;
ALTER TABLE record_history FORCE ROW LEVEL SECURITY;
ALTER TABLE touched FORCE ROW LEVEL SECURITY;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(TOUCH)
