"""All pages of the district's administrator and its data steward."""

from app.web.district import (
    alignments,
    audit,
    clients,
    layout_page,
    learners,
    matches,
    overview,
    people,
    providers,
    quarantine,
    rollover,
    roster_shares,
    runs,
    source_notices,
    sources,
    uploads,
)

PAGES = (
    *(
        overview,
        learners,
        sources,
        runs,
        rollover,
        source_notices,
        uploads,
        layout_page,
        quarantine,
        matches,
        alignments,
    ),
    *(people, providers, clients, roster_shares, audit),
)
