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
    runs,
    sources,
    uploads,
)

PAGES = (
    *(overview, learners, sources, runs, uploads, layout_page, quarantine, matches, alignments),
    *(people, providers, clients, audit),
)
