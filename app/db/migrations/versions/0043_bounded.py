"""What a learner has very much of is read in part: the newest that is asserted, and entries of one competency."""

from alembic import op

from app.db.isolation import isolated

revision = "0043"
down_revision = "0042"

# What decides are the newest assertions of an alignment that hold; what has ended is found by its learner.
NEWEST = """
CREATE INDEX assertion_newest ON assertion (tenant_id, alignment_id, learner_id, undated, at DESC)
    WHERE ended_at IS NULL;
DROP INDEX assertion_alignment;
"""

TARGETS = """
CREATE TABLE entry_target (
    tenant_id integer NOT NULL,
    learner_id uuid NOT NULL,
    alignment_id integer NOT NULL,
    at timestamptz NOT NULL,
    piece uuid NOT NULL,
    n smallint NOT NULL,
    PRIMARY KEY (tenant_id, learner_id, alignment_id, at, piece, n)
);
ALTER TABLE entry NO FORCE ROW LEVEL SECURITY; -- for the owner, who migrates, and until this transaction ends
INSERT INTO entry_target SELECT e.tenant_id, e.learner_id, a.id, e.at, e.piece, e.n
    FROM entry e CROSS JOIN unnest(e.targets) AS a (id);
ALTER TABLE entry FORCE ROW LEVEL SECURITY;
"""

# As entries change, so do their counts, whose header is due, and what they are aligned to.
KEY = "tenant_id, learner_id, section, setting, source_id, state, sensitive"
NEW, OLD = f"SELECT {KEY}, 1 AS n, hash FROM new_entry", f"SELECT {KEY}, -1 AS n, hash FROM old_entry"
ADDED = f"""
    INSERT INTO entry_count AS c ({KEY}, count, mark) SELECT {KEY}, sum(n), bit_xor(hash) FROM (%s) d GROUP BY {KEY}
        ON CONFLICT ({KEY}) DO UPDATE SET count = c.count + excluded.count, mark = c.mark # excluded.mark;
    INSERT INTO due (tenant_id, learner_id) SELECT DISTINCT tenant_id, learner_id FROM (%s) d ON CONFLICT DO NOTHING;
"""
NO_LONGER = """
    DELETE FROM entry_target t USING old_entry o
        WHERE o.targets <> '{}' AND t.tenant_id = o.tenant_id AND t.learner_id = o.learner_id
          AND t.alignment_id = ANY(o.targets) AND t.at = o.at AND t.piece = o.piece AND t.n = o.n;
"""
FROM_NOW_ON = """
    INSERT INTO entry_target SELECT e.tenant_id, e.learner_id, a.id, e.at, e.piece, e.n
        FROM new_entry e CROSS JOIN unnest(e.targets) AS a (id) WHERE e.targets <> '{}';
"""


def counting(rows: str) -> str:
    return ADDED.replace("%s", rows)


FOLLOW = f"""
CREATE OR REPLACE FUNCTION count_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN {counting(NEW)} {FROM_NOW_ON}
    ELSIF TG_OP = 'DELETE' THEN {counting(OLD)} {NO_LONGER}
    ELSE {counting(f"{NEW} UNION ALL {OLD}")} {NO_LONGER} {FROM_NOW_ON}
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(NEWEST)
    driver.execute(TARGETS)
    driver.execute(isolated("entry_target") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON entry_target TO "{role}"')
    driver.execute(FOLLOW)
