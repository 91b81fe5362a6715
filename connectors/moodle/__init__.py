"""Moodle: people, competency frameworks, ratings of competencies in learning plans, and evidence of prior learning."""

from connectors import Connector, Listing
from connectors.moodle import client, mapping
from connectors.moodle.client import MoodleSettings

connector = Connector(
    name="moodle",
    title="Moodle",
    settings=MoodleSettings,
    tier="silver",
    rank=40,
    client=client.client,
    check=client.check,
    streams=(
        Listing(
            "users",
            map=mapping.user,
            pull=client.users,
            ignore=frozenset({
                "address", "aim", "auth", "calendartype", "city", "confirmed", "country", "customfields", "department",
                "description", "descriptionformat", "firstaccess", "fullname", "icq", "institution", "interests",
                "lang", "lastaccess", "mailformat", "msn", "phone1", "phone2", "preferences", "profileimageurl",
                "profileimageurlsmall", "skype", "theme", "timezone", "trackforums", "url", "yahoo",
            }),
        ),
        Listing(
            "frameworks",
            map=mapping.framework,
            pull=client.frameworks,
            ignore=frozenset({
                "canmanage", "competenciescount", "contextid", "contextname", "contextnamenoprefix", "description",
                "descriptionformat", "idnumber", "scaleconfiguration", "scaleid", "taxonomies", "timecreated",
                "usermodified", "visible",
            }),
        ),
        Listing(
            "competencies",
            map=mapping.competency,
            pull=client.competencies,
            ignore=frozenset({
                "descriptionformat", "parentid", "path", "ruleconfig", "ruleoutcome", "ruletype", "scaleconfiguration",
                "scaleid", "sortorder", "timecreated", "usermodified",
            }),
        ),
        Listing("ratings", map=mapping.rating, pull=client.ratings),
        Listing(
            "evidence",
            map=mapping.evidence,
            pull=client.evidence,
            ignore=frozenset({
                "canmanage", "competencycount", "descriptionformat", "filecount", "files", "hasurlorfiles", "urlshort",
                "userhasplan", "usermodified",
            }),
        ),
    ),
)  # fmt: skip

__all__ = ["MoodleSettings", "connector"]
