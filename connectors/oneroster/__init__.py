"""OneRoster 1.1 and 1.2: rosters, gradebooks and assessments, over REST and as CSV bundles."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import get_args

from connectors import Absence, Connector, Map, Stream
from connectors.date_order import ORDERS
from connectors.fields import Fields
from connectors.ids import undressed_or_same
from connectors.oneroster import gradebook, mapping
from connectors.oneroster.client import check, client
from connectors.oneroster.files import files
from connectors.oneroster.listing import Listing
from connectors.oneroster.settings import Collection, OneRosterSettings
from schemas import AnyRecord


def _stream(name: str, map_: Map, *ignore: str, absence: Absence = Absence.UNLISTED, pushed: bool = False) -> Stream:
    return Stream(
        name,
        key=("sourcedId",),
        map=map_,
        version="dateLastModified",
        ignore=frozenset({ORDERS, *ignore}),
        absence=absence,
        repeats=True,
        tidy_cell=undressed_or_same,
        pushed=pushed,
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
    _stream("categories", gradebook.unsaid, absence=Absence.SAYS_NOTHING, pushed=True),
    _stream("scoreScales", gradebook.unsaid, absence=Absence.SAYS_NOTHING, pushed=True),
    _stream("lineItems", gradebook.line_item, *_SCALES, pushed=True),
    _stream("results", gradebook.result, *_SCALES, pushed=True),
    _stream("assessmentLineItems", gradebook.assessment_line_item, *_SCALES, pushed=True),
    _stream("assessmentResults", gradebook.assessment_result, *_SCALES, pushed=True),
)


NEEDS: dict[Collection, tuple[Collection, ...]] = {
    "demographics": ("users",),
    "enrollments": ("users", "classes"),
    "lineItems": ("classes",),
    "results": ("users", "lineItems"),
    "assessmentResults": ("users", "assessmentLineItems"),
}
"""What a collection speaks of: where that did not come, its records would name what nobody described."""


def streams(settings: OneRosterSettings) -> tuple[Stream, ...]:
    """The streams as a source's settings make them: its collections are pulled, from where they say."""
    pulled = settings.collections if settings.base_url else ()
    ordered = [_in_order(stream, settings) for stream in STREAMS]
    return tuple(
        _of_service(stream, name, settings) if (name := _collection(stream)) in pulled else stream for stream in ordered
    )


def _collection(stream: Stream) -> Collection | None:
    return next((name for name in get_args(Collection) if name == stream.name), None)


def _in_order(stream: Stream, settings: OneRosterSettings) -> Stream:
    """The stream, its dates read in the order that a setting says: another order is another reading of each record."""
    if settings.date_order is None:
        return stream
    return replace(stream, map=partial(_read_in, settings.date_order, stream.map), edition=settings.date_order)


def _read_in(order: str, map_: Map, f: Fields) -> Iterable[AnyRecord]:
    f.read_dates(order)
    return map_(f)


def _of_service(stream: Stream, collection: Collection, settings: OneRosterSettings) -> Stream:
    listing = Listing(settings, collection)
    needs = tuple(name for name in NEEDS.get(collection, ()) if name in settings.collections)
    return replace(
        stream,
        pull=listing.pages,
        one=listing.one if collection == "users" else None,
        probe=listing.probe,
        rights=settings.rights(collection),
        needs=needs,
    )


connector = Connector(
    name="oneroster",
    title="OneRoster",
    settings=OneRosterSettings,
    streams=STREAMS,
    more_streams=streams,
    tier="silver",
    rank=10,
    version=10,
    client=client,
    check=check,
    file=files,
)
