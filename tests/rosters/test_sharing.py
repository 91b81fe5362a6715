"""Who sees what: by scopes, by what the district shares, by tenant; what is withheld cannot be asked about either."""

import html
import re
from uuid import UUID, uuid4

from app.access.scopes import ONEROSTER
from app.rosters import sharing
from tests.support.api import bearer, problem_of
from tests.support.people import signed_in
from tests.support.rosters import EVERY, GRADEBOOK, Provider


def minor(answer: object) -> str:
    (field,) = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"]  # type: ignore[attr-defined]
    return str(field["imsx_codeMinorFieldValue"])


async def test_a_client_needs_a_key_a_scope_and_a_share(provider: Provider) -> None:
    nobody = await provider.get("/users", headers={"x": "y"})
    assert (nobody.status_code, minor(nobody)) == (401, "unauthorisedrequest")
    other = bearer((await provider.api.client("learners.read"))[1])
    refused = await provider.get("/users", headers=other)
    assert (refused.status_code, minor(refused)) == (403, "forbidden")
    unshared = bearer((await provider.api.client(*EVERY))[1])
    refused = await provider.get("/users", headers=unshared)
    assert (refused.status_code, minor(refused)) == (403, "forbidden")
    assert "district" in refused.text


async def test_the_core_is_the_collections_alone_and_demographics_are_a_right_of_their_own(provider: Provider) -> None:
    core = await provider.client(ONEROSTER + "roster-core.readonly")
    whole = await provider.client(ONEROSTER + "roster.readonly")
    school = (await provider.ids("schools", "name"))["Harbor High"]
    assert (await provider.get("/classes", headers=core)).status_code == 200
    assert (await provider.get(f"/schools/{school}/classes", headers=core)).status_code == 403
    assert (await provider.get(f"/schools/{school}/classes", headers=whole)).status_code == 200
    for headers in (core, whole):
        assert (await provider.get("/demographics", headers=headers)).status_code == 403
        assert (await provider.get(f"{GRADEBOOK}/results", headers=headers)).status_code == 403
        for user in (await provider.get("/users", headers=headers)).json()["users"]:
            assert "birthDate" not in user


async def test_a_token_is_got_with_the_scopes_that_the_client_has(provider: Provider) -> None:
    client, key = await provider.api.client(ONEROSTER + "roster.readonly")
    scopes = " ".join(ONEROSTER + name for name in ("roster.readonly", "gradebook.readonly", "gradebook.createput"))
    form = {"grant_type": "client_credentials", "scope": scopes}
    answer = await provider.api.http.post("/oauth/token", data=form, auth=(str(client), key))
    assert answer.status_code == 200
    assert answer.json()["scope"] == ONEROSTER + "roster.readonly"
    form["scope"] = ONEROSTER + "gradebook.createput"
    refused = await provider.api.http.post("/oauth/token", data=form, auth=(str(client), key))
    assert refused.json()["error"] == "invalid_scope"


async def test_only_the_shared_school_is_seen(provider: Provider) -> None:
    cove = (await provider.ids("schools", "name"))["Cove Middle"]
    harbor = (await provider.ids("schools", "name"))["Harbor High"]
    algebra = (await provider.ids("classes"))["Algebra 1-1"]
    ada = (await provider.ids("users", "givenName"))["Ada"]
    limited = await provider.client(schools=[UUID(cove)])

    async def names(path: str, by: str) -> set[str]:
        answer = await provider.get(path, headers=limited)
        assert answer.headers["X-Total-Count"] == str(len(answer.json()[path.strip("/").rpartition("/")[2]]))
        return {each[by] for each in answer.json()[path.strip("/").rpartition("/")[2]]}

    assert await names("/orgs", "name") == {"Cove Middle", "Harbor District"}
    assert await names("/classes", "title") == {"Homeroom 7B"}
    assert await names("/users", "givenName") == {
        "Ben",
        "Cai",
    }  # Pat has her role at the district, and her child elsewhere
    assert len(await names("/enrollments", "sourcedId")) == 1
    assert await names("/demographics", "birthDate") == {"2013-05-06"}
    assert await names(f"{GRADEBOOK}/results", "sourcedId") == set()
    (ben,) = (await provider.get("/users", headers=limited, filter="givenName='Ben'")).json()["users"]
    assert [role["org"]["sourcedId"] for role in ben["roles"]] == [cove]
    assert ben["roles"][0]["roleType"] == "primary"
    for path in (f"/users/{ada}", f"/classes/{algebra}", f"/schools/{harbor}", f"/schools/{harbor}/students"):
        hidden = await provider.get(path, headers=limited)
        assert (hidden.status_code, minor(hidden)) == (404, "unknownobject")


async def test_only_the_shared_class_is_seen(provider: Provider) -> None:
    algebra = (await provider.ids("classes"))["Algebra 1-1"]
    limited = await provider.client(classes=[UUID(algebra)])
    users = (await provider.get("/users", headers=limited)).json()["users"]
    assert {each["givenName"] for each in users} == {"Ada", "Ben", "Tess", "Pat"}  # with Ada's parent
    results = (await provider.get(f"{GRADEBOOK}/results", headers=limited)).json()["results"]
    assert len(results) == 2
    assert [each["title"] for each in (await provider.get("/classes", headers=limited)).json()["classes"]] == [
        "Algebra 1-1"
    ]


async def test_what_is_withheld_is_neither_told_nor_asked_about(provider: Provider) -> None:
    limited = await provider.client(withheld=["users.email", "users.phone", "users.pronouns"])
    users = (await provider.get("/users", headers=limited)).json()["users"]
    assert not {"email", "phone", "pronouns"} & {name for user in users for name in user}
    for query in ({"filter": "email='ada@harbor.example'"}, {"fields": "email"}):
        assert (await provider.get("/users", headers=limited, **query)).status_code == 400
    by_email = (await provider.get("/users", headers=limited, sort="email")).json()["users"]
    assert by_email == users  # as if it had not been asked


async def test_no_tenant_sees_anothers(provider: Provider) -> None:
    _, key = await provider.api.client(*EVERY, tenant=provider.api.other)
    refused = await provider.get("/users", headers=bearer(key))
    assert refused.status_code == 403
    client, key = await provider.api.client(*EVERY, tenant=provider.api.other)
    async with provider.api.db.transaction(provider.api.other) as tx:
        await sharing.serve(tx, [])
        await sharing.share(tx, client, None, None, [])
    ada = (await provider.ids("users", "givenName"))["Ada"]
    assert (await provider.get("/users", headers=bearer(key))).json() == {"users": []}
    assert (await provider.get(f"/users/{ada}", headers=bearer(key))).status_code == 404


async def test_shares_are_set_read_and_taken_back(provider: Provider) -> None:
    api = provider.api
    manager = bearer(await api.key())
    client, key = await api.client(*EVERY)
    cove = (await provider.ids("schools", "name"))["Cove Middle"]
    where = f"/v1/rosters/shares/{client}"
    problem_of(await api.http.get(where, headers=manager), 404)
    put = await api.http.put(where, json={"schools": [cove], "withheld": ["users.email"]}, headers=manager)
    assert put.status_code == 200, put.text
    assert (await api.http.get(where, headers=manager)).json() == put.json()
    assert len((await provider.get("/users", headers=bearer(key))).json()["users"]) == 2
    for body in (
        {"schools": [str(uuid4())]},
        {"classes": [cove]},
        {"withheld": ["users.givenName"]},
        {"withheld": ["nothing"]},
    ):
        problem_of(await api.http.put(where, json=body, headers=manager), 422)
    assert (await api.http.delete(where, headers=manager)).status_code == 204
    assert (await provider.get("/users", headers=bearer(key))).status_code == 403


async def test_the_sources_that_are_served_are_set_and_taken_back(provider: Provider) -> None:
    manager = bearer(await provider.api.key())
    http = provider.api.http
    served = (await http.get("/v1/rosters/served", headers=manager)).json()
    assert served["sources"] == [provider.sis.id]
    assert served["counts"]["users"] == 5
    problem_of(await http.put("/v1/rosters/served", json={"sources": [99]}, headers=manager), 422)
    assert (await http.put("/v1/rosters/served", json={"sources": []}, headers=manager)).status_code == 200
    await provider.refresh()
    assert {each["status"] for each in await provider.list("/users")} == {"tobedeleted"}


async def test_an_unknown_object_is_told(provider: Provider) -> None:
    for path in ("/users/nobody", "/users/00000000-0000-4000-8000-000000000000", "/classes/nothing/students"):
        answer = await provider.get(path)
        assert (answer.status_code, minor(answer)) == (404, "unknownobject")


async def test_how_much_a_client_would_see_is_told_and_nothing_is_saved(provider: Provider) -> None:
    api = provider.api
    manager = bearer(await api.key())
    client, key = await api.client(ONEROSTER + "roster.readonly")
    cove = (await provider.ids("schools", "name"))["Cove Middle"]
    where = f"/v1/rosters/shares/{client}"
    preview = await api.http.post(f"{where}/preview", json={"schools": [cove]}, headers=manager)
    seen = {each["path"]: (each["count"], each["lackingScope"] is None) for each in preview.json()["paths"]}
    problem_of(await api.http.get(where, headers=manager), 404)
    assert (await provider.get("/users", headers=bearer(key))).status_code == 403
    await api.http.put(where, json={"schools": [cove]}, headers=manager)
    for path, (count, has_right) in seen.items():
        answer = await provider.get(path, headers=bearer(key))
        if path in ("/schools", "/classes", "/students", "/teachers", "/users", "/enrollments"):
            assert has_right
            assert answer.headers["X-Total-Count"] == str(count), path
        else:
            assert not has_right
            assert answer.status_code in (403, 404), path  # gradebook paths are elsewhere
    assert seen["/users"] == (2, True)
    problem_of(await api.http.post(f"{where}/preview", json={"schools": [str(uuid4())]}, headers=manager), 422)


async def test_a_page_shows_what_a_client_would_see_before_it_saves_that_and_no_other(provider: Provider) -> None:
    api = provider.api
    client, key = await api.client(ONEROSTER + "roster.readonly")
    cove = (await provider.ids("schools", "name"))["Cove Middle"]
    reader, page = await signed_in(api, "administrator"), f"/clients/{client}/roster"
    assert "Cove Middle" in (await reader.get(page)).text
    chosen = {"which": "some", "school": cove, "withheld": "users.email"}
    looked = await reader.send(page, chosen, page=page)
    assert looked.status_code == 200
    assert "It would see" in looked.text
    assert (await provider.get("/users", headers=bearer(key))).status_code == 403, "only shown so far"
    written = re.search(r'name="seen" value="([^"]+)"', looked.text)
    assert written
    seen = html.unescape(written[1])
    others = await reader.send(page, {"which": "all", "seen": seen}, page=page)
    assert (others.status_code, "It would see" in others.text) == (200, True), "others than were looked at"
    assert (await reader.send(page, {**chosen, "seen": seen}, page=page)).status_code == 303
    users = (await provider.get("/users", headers=bearer(key))).json()["users"]
    assert len(users) == 2
    assert all("email" not in user for user in users)
    assert "It sees now" in (await reader.get(page)).text
    assert (await reader.send(f"{page}/end", page=page)).status_code == 303
    assert (await provider.get("/users", headers=bearer(key))).status_code == 403
