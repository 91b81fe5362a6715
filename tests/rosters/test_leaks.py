"""What a client is not shown it can't find out: not by references, filters, orders or counts."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.db.rosters import pages
from app.rosters.fields import fields
from app.rosters.operations import OPERATIONS
from app.rosters.shapes import Collection
from tests.support.district import enrollment, user
from tests.support.rosters import AT, GRADEBOOK, ROSTERING, Provider, plain, ref, role

Rule = dict[str, Any]
SERVICES = {"rostering": ROSTERING, "gradebook": GRADEBOOK}
LISTS: tuple[tuple[str, Collection], ...] = tuple(
    (SERVICES[operation.service] + operation.path, operation.listing.collection)
    for operation in OPERATIONS
    if operation.service in SERVICES and not operation.above
)
RULES = ("a school", "the other school", "a class", "a school, less fields")


async def rule(provider: Provider, name: str) -> Rule:
    """What is shared: with a parent of children at both schools, and people who have roles at both."""
    await provider.district.take(
        provider.sis,
        "users",
        [
            user(
                "p-1",
                "Pat",
                "Sample",
                roles=[role("parent", "o-1"), role("parent", "o-2", "secondary")],
                agents=[ref("user", "u-1"), ref("user", "u-3")],
                phone="555-0100",
                dateLastModified="2026-09-02T08:00:00.000Z",
            ),
            user(
                "t-8",
                "Tom",
                "Roamer",
                roles=[
                    role("counselor", "o-1"),
                    role("teacher", "o-2", "secondary"),
                    role("proctor", "d-1", "secondary"),
                ],
                primaryOrg=ref("org", "o-1"),
            ),
            user("u-4", "Dee", "Sample", identifier="1004"),
        ],
    )
    await provider.district.take(
        provider.sis,
        "courses",
        [
            plain("k-2", title="Home", courseCode="H", org=ref("org", "d-1")),
            plain("k-3", title="Ode", org=ref("org", "o-1")),
        ],
    )
    await provider.district.take(
        provider.sis,
        "enrollments",
        [
            enrollment("e-8", "t-8", "c-2", role="teacher", school=ref("org", "o-2")),
            enrollment("e-9", "u-4", "c-2", school=ref("org", "o-2")),
        ],
    )
    await provider.refresh()
    schools, classes = await provider.ids("schools", "name"), await provider.ids("classes")
    cove, harbor = UUID(schools["Cove Middle"]), UUID(schools["Harbor High"])
    shared: dict[str, Rule] = {
        "a school": {"schools": [cove]},
        "the other school": {"schools": [harbor]},
        "a class": {"classes": [UUID(classes["Homeroom 7B"])]},
        "a school, less fields": {
            "schools": [cove],
            "withheld": ["users.email", "users.agents", "users.userIds", "demographics.birthDate", "classes.location"],
        },
    }
    return shared[name]


def references(value: Any) -> Iterator[str]:
    """Every address that stands in an object."""
    if isinstance(value, dict):
        if "href" in value:
            yield str(value["href"])
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def values(document: Any, path: tuple[str, ...]) -> list[str]:
    """What an object has at a path, through lists."""
    if isinstance(document, list):
        return [text for inner in document for text in values(inner, path)]
    if not path:
        return [str(document)]
    return values(document[path[0]], path[1:]) if isinstance(document, dict) and path[0] in document else []


async def documents(provider: Provider, path: str, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = await provider.get(path, headers=headers, limit=10000, **query)
    assert answer.status_code == 200, answer.text
    (listed,) = answer.json().values()
    assert answer.headers["X-Total-Count"] == str(len(listed))
    return list(listed)


@pytest.mark.parametrize("name", RULES)
async def test_every_reference_leads_to_what_is_shared(provider: Provider, name: str) -> None:
    headers = await provider.client(**await rule(provider, name))
    hrefs = {
        href for path, _ in LISTS for each in await documents(provider, path, headers) for href in references(each)
    }
    for href in sorted(hrefs):
        answer = await provider.get("/ims" + href.partition("/ims")[2], headers=headers)
        assert answer.status_code == 200, href


async def test_who_shares_no_organization_any_more_is_shown_no_role(provider: Provider) -> None:
    """A school that was shared and is gone: what is left of it says nothing of other schools."""
    await rule(provider, "a school")
    tom = UUID((await provider.ids("users", "givenName"))["Tom"])
    async with provider.api.db.transaction(provider.api.tenant) as tx:
        whole, narrowed = [
            json.loads(await pages.single(tx, pages.Objects("users"), pages.View(orgs=orgs), tom) or "")
            for orgs in (None, ())
        ]
    assert (len(whole["roles"]), "primaryOrg" in whole) == (3, True)
    assert (narrowed["roles"], "primaryOrg" in narrowed) == ([], False)


@pytest.mark.parametrize("name", RULES)
async def test_no_filter_tells_what_is_not_shown(provider: Provider, name: str) -> None:
    """A filter by a value that the whole object has, and that this client sees otherwise, finds those that show it."""
    headers = await provider.client(**await rule(provider, name))
    count = 0
    for path, collection in LISTS:
        whole = {each["sourcedId"]: each for each in await documents(provider, path, provider.headers)}
        visible = await documents(provider, path, headers)
        for field in fields(collection).values():
            where = field.path
            others = [each for each in visible if values(each, where) != values(whole[each["sourcedId"]], where)]
            texts = {text for each in others for text in values(whole[each["sourcedId"]], where) + values(each, where)}
            for value in sorted(texts):
                query = f"{'.'.join(where)}~'{value}'"
                answer = await provider.get(path, headers=headers, limit=10000, filter=query)
                count += 1
                if answer.status_code == 400:
                    continue  # it can't be asked about
                (listed,) = answer.json().values()
                showing = [e["sourcedId"] for e in visible if any(value.lower() in v.lower() for v in values(e, where))]
                assert [each["sourcedId"] for each in listed] == showing, (path, query)
                assert answer.headers["X-Total-Count"] == str(len(listed))
    assert count > 5


@pytest.mark.parametrize("name", RULES)
async def test_no_order_tells_what_is_not_shown(provider: Provider, name: str) -> None:
    """An order by a field is one of the shown objects by what they show of it, and by their ids."""
    headers = await provider.client(**await rule(provider, name))
    for path, collection in LISTS:
        for field in fields(collection).values():
            if field.kind != "text" or field.many:
                continue
            listed = await documents(provider, path, headers, sort=".".join(field.path))
            keys = [(not (texts := values(each, field.path)), texts, each["sourcedId"]) for each in listed]
            assert keys == sorted(keys), (path, field.path)


async def test_an_operator_the_wrong_way_round_tells_no_more(provider: Provider) -> None:
    """`!=` and `<` of what is not shown are as of what there is not."""
    headers = await provider.client(**await rule(provider, "a school"))
    visible = {each["sourcedId"] for each in await documents(provider, f"{ROSTERING}/users", headers)}
    harbor = (await provider.ids("schools", "name"))["Harbor High"]
    for query in (f"roles.org.sourcedId!='{harbor}'", "roles.role!='counselor'"):
        answer = await documents(provider, f"{ROSTERING}/users", headers, filter=query)
        assert {each["sourcedId"] for each in answer} == visible, query


async def test_a_change_of_what_is_not_shared_is_a_change_of_nothing_shared(provider: Provider) -> None:
    """A delta has the people of a shared school alone, whoever else changed."""
    headers = await provider.client(**await rule(provider, "a school"))
    await provider.district.take(
        provider.sis,
        "users",
        [user("u-1", "Adah", "Sample", identifier="1001", grades=["09"], dateLastModified="2026-09-03T08:00:00.000Z")],
    )
    await provider.refresh()
    since = {"filter": f"dateLastModified>'{AT}'"}
    names = {each["givenName"] for each in await documents(provider, f"{ROSTERING}/users", headers, **since)}
    assert "Adah" not in names
    assert names <= {"Ben", "Cai", "Dee", "Pat", "Tom"}
