"""What a client may be allowed to do."""

from typing import Literal, cast, get_args

from app.errors import ConfigError

Scope = Literal[
    "learners.read",
    "learners.sensitive",
    "evidence.write",
    "credentials.write",
    "credentials.read",
    "credentials.issue",
    "credentials.sign",
    "credentials.verify",
    "shares.manage",
    "plans.read",
    "plans.write",
    "plans.sign",
    "plans.private",
    "credits.award",
    "programs.submit",
    "programs.review",
    "programs.manage",
    "events.read",
    "frameworks.read",
    "frameworks.manage",
    "sources.read",
    "sources.manage",
    "quarantine.manage",
    "identity.manage",
    "clients.manage",
    "audit.read",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook-core.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createput",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createpost",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.delete",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.createput",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.delete",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/resource.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/resource-core.readonly",
]

MEANING: dict[Scope, str] = {
    "learners.read": "Search and read learner records, their timelines and the provenance of their values",
    "learners.sensitive": "See also what is sensitive of learners: social and emotional, behavior, health",
    "evidence.write": "Push evidence into the client's own source",
    "credentials.write": "Push badges and other credentials into the client's own source",
    "credentials.read": "See which credentials were issued to a learner, and download them",
    "credentials.issue": "Issue credentials from learners' records, suspend and revoke them",
    "credentials.sign": "Sign any credential in the district's name (VC-API)",
    "credentials.verify": "Have credentials and presentations of anyone verified (VC-API)",
    "shares.manage": "Share a learner's credentials by a link, let apps in, see the log of who saw what",
    "plans.read": "Read learners' plans with how far they have come, and the notes they opened",
    "plans.write": "Write learners' plans, close goals",
    "plans.sign": "Sign learners' plans",
    "plans.private": "Read and write learners' own notes, reflections, interests and strengths, also the private ones",
    "credits.award": "Award credit by a rule, or set a level, in the name of a teacher of record, and withdraw it",
    "programs.submit": "Hand in for the program whose source the client pushes into, and see how that stands",
    "programs.review": "See what programs hand in, say whose it is, decide it, and take a decision back",
    "programs.manage": "Register, approve and end programs; define what they recognize and offer",
    "events.read": "Follow the change feed",
    "frameworks.read": "Read competency frameworks, their crosswalks, the rules of mastery and of credit; CASE 1.1",
    "frameworks.manage": "Import, create and remove frameworks; decide alignments; set rules of mastery and of credit",
    "sources.read": "See sources, their health and their runs",
    "sources.manage": "Create, change, test and sync sources",
    "quarantine.manage": "See rejected records with their raw bytes, and replay them",
    "identity.manage": "See near matches, link and unlink persons",
    "clients.manage": "Create and revoke clients and their keys",
    "audit.read": "Read the audit log: who changed what of the configuration",
}

ONEROSTER = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
"""What the scopes of OneRoster 1.2 begin with: they are called as the standard calls them."""

_ONEROSTER = {
    "roster.readonly": "Read the roster that the district shares (OneRoster 1.2), without demographics",
    "roster-core.readonly": "Read the roster's own collections, and none below another object (OneRoster 1.2)",
    "roster-demographics.readonly": "Read demographics: birth dates, sex, ethnicity (OneRoster 1.2)",
    "gradebook.readonly": "Read line items, categories and results of classes (OneRoster 1.2)",
    "gradebook-core.readonly": "Read the gradebook's own collections, and none below another object (OneRoster 1.2)",
    "gradebook.createput": "Write line items, categories, score scales and results one by one (OneRoster 1.2)",
    "gradebook.createpost": "Write line items and results, many at a time (OneRoster 1.2)",
    "gradebook.delete": "Take back line items, categories, score scales and results it wrote (OneRoster 1.2)",
    "assessment.readonly": "Read assessments' line items and results (OneRoster 1.2)",
    "assessment.createput": "Write assessments' line items and results (OneRoster 1.2)",
    "assessment.delete": "Take back assessments' line items and results it wrote (OneRoster 1.2)",
    "resource.readonly": "Read learning resources (OneRoster 1.2)",
    "resource-core.readonly": "Read learning resources, and none below another object (OneRoster 1.2)",
}
MEANING |= {cast(Scope, ONEROSTER + name): words for name, words in _ONEROSTER.items()}

SCOPES: tuple[Scope, ...] = get_args(Scope)


def check_scopes(names: list[str]) -> list[Scope]:
    """Scopes, each once, in our order; ConfigError names one that does not exist."""
    for scope in names:
        if scope not in SCOPES:
            raise ConfigError(f"no scope '{scope}': there are {', '.join(SCOPES)}")
    if not names:
        raise ConfigError(f"a client needs at least one scope: there are {', '.join(SCOPES)}")
    return [scope for scope in SCOPES if scope in names]
