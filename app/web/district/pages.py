"""All pages of the district's administrator and its data steward."""

from app.web.district import (
    alignments,
    audit,
    clients,
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
    *(overview, learners, sources, runs, uploads, quarantine, matches, alignments),
    *(people, providers, clients, audit),
)
