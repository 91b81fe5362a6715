"""OneRoster 1.1 and 1.2: rosters, gradebooks and assessments, over REST and as CSV bundles."""

from dataclasses import replace
from typing import get_args

from connectors import Absence, Connector, Map, Stream
from connectors.oneroster import gradebook, mapping
from connectors.oneroster.client import check, client
from connectors.oneroster.files import files
from connectors.oneroster.listing import Listing
from connectors.oneroster.settings import Collection, OneRosterSettings


def _stream(name: str, map_: Map, *ignore: str, absence: Absence = Absence.UNLISTED) -> Stream:
    return Stream(
        name, key=("sourcedId",), map=map_, version="dateLastModified", ignore=frozenset(ignore), absence=absence
    )


_RESOURCES = ("resources", "resourceSourcedIds")
_SCALES = ("scoreScale", "scoreScaleSourcedId")

STREAMS = (
    _stream("orgs", mapping.org, "children"),
    _stream("academicSessions", mapping.academic_session, "children"),
    _stream("courses", mapping.course, *_RESOURCES),
    _stream("classes", mapping.class_, *_RESOURCES),
    _stream("users", mapping.user, "password", "userProfiles", *_RESOURCES, absence=Absence.LEFT),
    _stream("roles", mapping.role, "sourcedId", absence=Absence.ENDED),
    _stream("demographics", mapping.demographics),
    _stream("enrollments", mapping.enrollment, absence=Absence.ENDED),
    _stream("lineItems", gradebook.line_item, *_SCALES),
    _stream("results", gradebook.result, *_SCALES),
    _stream("assessmentLineItems", gradebook.assessment_line_item, *_SCALES),
    _stream("assessmentResults", gradebook.assessment_result, *_SCALES),
)


NEEDS: dict[Collection, tuple[Collection, ...]] = {
    "demographics": ("users",),
    "enrollments": ("users", "classes"),
    "lineItems": ("classes",),
    "results": ("users", "lineItems"),
    "assessmentResults": ("users", "assessmentLineItems"),
}
"""What a collection speaks of: where that did not come, its records would name what nobody described."""


def pulled(settings: OneRosterSettings) -> tuple[Stream, ...]:
    """The streams a source pulls: those of its collections, from where its settings say."""
    wanted = settings.collections if settings.base_url else ()
    by_name = {stream.name: stream for stream in STREAMS}
    return tuple(_of_service(by_name[name], name, settings) for name in get_args(Collection) if name in wanted)


def _of_service(stream: Stream, collection: Collection, settings: OneRosterSettings) -> Stream:
    listing = Listing(settings, collection)
    needs = tuple(name for name in NEEDS.get(collection, ()) if name in settings.collections)
    return replace(stream, pull=listing.pages, probe=listing.probe, rights=settings.rights(collection), needs=needs)


connector = Connector(
    name="oneroster",
    title="OneRoster",
    settings=OneRosterSettings,
    streams=STREAMS,
    more_streams=pulled,
    tier="silver",
    rank=10,
    client=client,
    check=check,
    file=files,
)
