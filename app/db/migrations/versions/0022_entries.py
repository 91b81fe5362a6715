"""Entries: a learner's record as a bounded header, and its entries one by one, counted as they change."""

from alembic import op

from app.db.isolation import isolated

revision = "0022"
down_revision = "0021"

TABLES = """
ALTER TABLE touched ADD COLUMN stream text, ADD COLUMN keys text[] NOT NULL DEFAULT '{}';
ALTER TABLE touched ALTER COLUMN keys SET STORAGE EXTERNAL;
ALTER TABLE learner ADD COLUMN general bytea, ADD COLUMN general_etag text,
    ADD COLUMN stale boolean NOT NULL DEFAULT false, ADD COLUMN fold smallint NOT NULL DEFAULT 0;
ALTER TABLE learner ALTER COLUMN general SET STORAGE EXTERNAL;
DROP INDEX learner_refs; -- row-level security lets no query use it: && is not leakproof
CREATE INDEX learner_fold ON learner (tenant_id, fold, id);
CREATE TABLE entry (
    tenant_id integer NOT NULL,
    piece uuid NOT NULL,
    n smallint NOT NULL,
    learner_id uuid NOT NULL,
    section text NOT NULL,
    at timestamptz NOT NULL,
    setting text NOT NULL,
    source_id integer NOT NULL,
    stream text NOT NULL,
    raw_key text NOT NULL,
    person text NOT NULL,
    class text,
    state text NOT NULL,
    sensitive boolean NOT NULL,
    class_ref bigint,
    item_ref bigint,
    rated boolean NOT NULL,
    targets integer[] NOT NULL,
    fold smallint NOT NULL,
    hash bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, piece, n)
);
CREATE INDEX entry_page ON entry (tenant_id, learner_id, section, setting, at DESC, piece DESC, n DESC);
CREATE INDEX entry_class ON entry (tenant_id, class_ref) WHERE class_ref IS NOT NULL;
CREATE INDEX entry_item ON entry (tenant_id, item_ref, learner_id) WHERE item_ref IS NOT NULL;
CREATE INDEX entry_sensitive ON entry (tenant_id, learner_id) WHERE sensitive;
CREATE TABLE entry_count (
    tenant_id integer NOT NULL,
    learner_id uuid NOT NULL,
    section text NOT NULL,
    setting text NOT NULL,
    source_id integer NOT NULL,
    state text NOT NULL,
    sensitive boolean NOT NULL,
    count integer NOT NULL,
    mark bigint NOT NULL,
    PRIMARY KEY (tenant_id, learner_id, section, setting, source_id, state, sensitive)
);
CREATE TABLE context_ref (
    tenant_id integer NOT NULL,
    ref bigint NOT NULL,
    named_by bigint NOT NULL,
    PRIMARY KEY (tenant_id, ref, named_by)
);
CREATE TABLE header_ref (
    tenant_id integer NOT NULL,
    ref bigint NOT NULL,
    learner_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, ref, learner_id)
);
CREATE INDEX header_ref_learner ON header_ref (tenant_id, learner_id);
CREATE TABLE due (
    tenant_id integer NOT NULL,
    learner_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, learner_id)
);
"""

# What a raw record asserts of a person is found without looking at all that is asserted of them.
ASSERTED = """
CREATE INDEX assertion_said ON assertion (tenant_id, source_id, person, stream, raw_key);
DROP INDEX assertion_person;
"""

# What a person's statement says, whenever it was said: equal ones are looked at once.
SAID = """
CREATE FUNCTION said(body json) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended(((body::jsonb) - 'modified')::text, 0);
ALTER TABLE record ADD COLUMN said bigint;
ALTER TABLE record NO FORCE ROW LEVEL SECURITY; -- for the owner, who migrates, and until this transaction ends
UPDATE record SET said = said(body) WHERE kind IN ('person', 'demographics');
ALTER TABLE record FORCE ROW LEVEL SECURITY;
CREATE INDEX record_said ON record (tenant_id, source_id, person, said, state, stream, raw_key, n)
    WHERE said IS NOT NULL;
CREATE FUNCTION note_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.said := CASE WHEN NEW.kind IN ('person', 'demographics') THEN said(NEW.body) END;
    RETURN NEW;
END $$;
CREATE TRIGGER record_said BEFORE INSERT OR UPDATE OF kind, body ON record FOR EACH ROW
    WHEN (NEW.kind IN ('person', 'demographics') OR NEW.said IS NOT NULL) EXECUTE FUNCTION note_said();
"""

# Raw records that tell what somebody did are noted as touched by whoever changes a statement of theirs.
SHOWN = "kind IN ('enrollment', 'result', 'credential', 'evidence')"


def touching(rows: str) -> str:
    return f"""
        INSERT INTO touched (tenant_id, source_id, persons, refs, stream, keys)
        SELECT tenant_id, source_id, '{{}}', '{{}}', stream, array_agg(raw_key) FROM (
            SELECT tenant_id, source_id, stream, raw_key, row_number() OVER (PARTITION BY tenant_id, source_id, stream) / 2000 AS part
            FROM ({rows}) d) e GROUP BY tenant_id, source_id, stream, part;
    """


CHANGED = "SELECT DISTINCT tenant_id, source_id, stream, raw_key FROM %s WHERE " + SHOWN
TOUCHED = f"""
CREATE FUNCTION touch_raw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN {touching(CHANGED % "new_record")}
    ELSIF TG_OP = 'DELETE' THEN {touching(CHANGED % "old_record")}
    ELSE {touching(f"{CHANGED % 'new_record'} UNION {CHANGED % 'old_record'}")}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_added AFTER INSERT ON record REFERENCING NEW TABLE AS new_record
    FOR EACH STATEMENT EXECUTE FUNCTION touch_raw();
CREATE TRIGGER record_removed AFTER DELETE ON record REFERENCING OLD TABLE AS old_record
    FOR EACH STATEMENT EXECUTE FUNCTION touch_raw();
CREATE TRIGGER record_changed AFTER UPDATE ON record REFERENCING NEW TABLE AS new_record OLD TABLE AS old_record
    FOR EACH STATEMENT EXECUTE FUNCTION touch_raw();
"""

# Counts follow every change of an entry, whoever makes it; whose header they stand in is due to be made again.
KEY = "tenant_id, learner_id, section, setting, source_id, state, sensitive"
NEW, OLD = f"SELECT {KEY}, 1 AS n, hash FROM new_entry", f"SELECT {KEY}, -1 AS n, hash FROM old_entry"
ADDED = f"""
    INSERT INTO entry_count AS c ({KEY}, count, mark) SELECT {KEY}, sum(n), bit_xor(hash) FROM (%s) d GROUP BY {KEY}
        ON CONFLICT ({KEY}) DO UPDATE SET count = c.count + excluded.count, mark = c.mark # excluded.mark;
    INSERT INTO due (tenant_id, learner_id) SELECT DISTINCT tenant_id, learner_id FROM (%s) d ON CONFLICT DO NOTHING;
"""


def counting(rows: str) -> str:
    return ADDED.replace("%s", rows)


COUNTS = f"""
CREATE FUNCTION count_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN {counting(NEW)}
    ELSIF TG_OP = 'DELETE' THEN {counting(OLD)}
    ELSE {counting(f"{NEW} UNION ALL {OLD}")}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_added AFTER INSERT ON entry REFERENCING NEW TABLE AS new_entry
    FOR EACH STATEMENT EXECUTE FUNCTION count_entries();
CREATE TRIGGER entry_removed AFTER DELETE ON entry REFERENCING OLD TABLE AS old_entry
    FOR EACH STATEMENT EXECUTE FUNCTION count_entries();
CREATE TRIGGER entry_changed AFTER UPDATE ON entry REFERENCING NEW TABLE AS new_entry OLD TABLE AS old_entry
    FOR EACH STATEMENT EXECUTE FUNCTION count_entries();
"""

# The key and the header in one round trip, for many askers at a time: as `read_learners`, with what each may see.
FUNCTIONS = """
CREATE FUNCTION read_headers(presented bytea[], wanted uuid[], held text[], whole boolean[])
RETURNS TABLE (n integer, client uuid, scopes text, etag text, live boolean, body bytea, merged_into uuid,
               tenant integer, stale boolean)
LANGUAGE plpgsql AS $$
DECLARE
    who record;
    first integer := 1;
BEGIN
    FOR i IN 1 .. cardinality(wanted) LOOP
        CONTINUE WHEN presented[i] = presented[i + 1]; -- one look at a key, and one query, for all that it asks
        SELECT * INTO who FROM authenticate(presented[i]);
        IF who.client IS NOT NULL THEN
            RETURN QUERY SELECT a.n, who.client, array_to_string(who.scopes, ' '), l.etag, l.live,
                    CASE WHEN l.etag <> held[a.n] OR l.stale THEN l.body END, l.merged_into, who.tenant, l.stale
                FROM generate_series(first, i) AS a (n) LEFT JOIN LATERAL (
                    SELECT r.body IS NOT NULL AS live, r.merged_into, r.stale,
                           CASE WHEN whole[a.n] OR r.general IS NULL THEN r.etag ELSE r.general_etag END AS etag,
                           CASE WHEN whole[a.n] OR r.general IS NULL THEN r.body ELSE r.general END AS body
                    FROM learner r WHERE r.tenant_id = who.tenant AND r.id = wanted[a.n] OFFSET 0) l ON true;
        END IF;
        first := i + 1;
    END LOOP;
END $$;
"""

TENANT_TABLES = ("entry", "entry_count", "context_ref", "header_ref", "due")


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in TENANT_TABLES:
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
    driver.execute(ASSERTED)
    driver.execute(SAID)
    driver.execute(TOUCHED)
    driver.execute(COUNTS)
    driver.execute(FUNCTIONS)
    driver.execute(f"""
        GRANT EXECUTE ON FUNCTION said(json), note_said(), touch_raw() TO "{role}";
        GRANT EXECUTE ON FUNCTION count_entries() TO "{role}";
        GRANT EXECUTE ON FUNCTION read_headers(bytea[], uuid[], text[], boolean[]) TO "{role}";
    """)
