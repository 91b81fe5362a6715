"""The pipeline at a glance: pull → keep raw → normalize → store → resolve → record.

    pull ─▶ raw ─▶ normalize ─▶ store ─▶ resolve ─▶ record
    push ─▶ same raw               │
    file ─▶ same raw               └─▶ events (same transaction) ─▶ change feed

`source` opens a configured source; `pull` and `file` get pages; `ingest` takes a page through raw, normalize and store
in one transaction; `settle` then resolves the persons it touched and rebuilds their learners' records; `replay` does
all of it again from the raw. `identity`, `fold` (with `book` and `entries`), `normalize`, `raw` and `refs` are pure.
"""
