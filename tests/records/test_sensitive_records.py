"""Records of learners who have shown something sensitive, read by those who may not see it and by those who may."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import zstandard

from app.db.frameworks import frameworks
from app.db.mastery import standings
from app.frameworks.frameworks import import_package
from app.identity import decisions
from app.records.settle import settle
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import PUSHED, learner, piece, shop  # noqa: F401  (learner is a fixture)
from tests.support.frameworks import ident, item, made

ALL, PLAIN, ZSTD = {"scope": "all"}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "zstd"}
SECRETS = ("P.1", "Piece 5", ident("P.1"))


@pytest.fixture
async def plain(api: Api) -> dict[str, str]:
    """A client that reads records, and nothing sensitive."""
    return {**bearer(await api.key("learners.read")), **PLAIN}


async def ask(api: Api, who: str, headers: dict[str, str], where: str = "", **params: Any) -> httpx.Response:
    answer = await api.http.get(f"/v1/learners/{who}{where}", params=params, headers={**PLAIN, **headers})
    assert answer.status_code == 200, answer.text
    return answer


async def show(api: Api, headers: dict[str, str], *items: Any) -> None:
    pushed = await api.http.post("/v1/evidence", json=list(items), headers=headers)
    assert pushed.status_code == 200, pushed.text
    await settle(api.db, api.tenant)


async def frame(api: Api, package: Any, *, tenant: int | None = None) -> None:
    async with api.db.transaction(tenant or api.tenant) as tx:
        await import_package(
            tx, json.dumps(package).encode(), origin="test", base="https://x.org", at=datetime.now(UTC)
        )


async def test_a_record_is_told_without_what_is_sensitive(api: Api, learner: Any, plain: Any) -> None:
    who, headers = learner
    whole = (await ask(api, who, headers, "/record/full", **ALL)).json()
    for reader in (plain, headers):
        for params in ({}, {"scope": "general"}):
            assert not [s for s in SECRETS if s in (await ask(api, who, reader, **params)).text]
            answer = await ask(api, who, reader, "/record/full", **params)
            assert not [secret for secret in SECRETS if secret in answer.text]
            seen = answer.json()
            lost = [entry["id"] for name in ("results", "evidence") for entry in whole[name] if entry not in seen[name]]
            assert len(lost) == seen["withheld"] > 0
            assert all(entry in whole[name] for name in ("results", "evidence") for entry in seen[name]), "as they are"
            differing = ("results", "evidence", "sections", "withheld", "competencies", "sources")
            assert {name: value for name, value in whole.items() if name not in differing} == {
                name: value for name, value in seen.items() if name not in differing
            }
            for name in ("results", "evidence"):
                page = (await ask(api, who, reader, f"/record/{name}", **params)).json()
                assert page["entries"] == seen[name]
                assert page["withheld"] == len(whole[name]) - len(seen[name])
                assert seen["sections"][name]["count"] == len(seen[name])
    assert all(secret in json.dumps(whole) for secret in SECRETS[:2])
    assert whole["withheld"] == 0


async def test_seeing_all_takes_the_scope_for_it(api: Api, learner: Any, plain: Any) -> None:
    who, _ = learner
    for path in ("", "/timeline", "/provenance"):
        params = {**ALL, "path": "/names"}
        refused = await api.http.get(f"/v1/learners/{who}{path}", params=params, headers=plain)
        assert problem_of(refused, 403)["scope"] == "learners.sensitive"
        wrong = await api.http.get(f"/v1/learners/{who}{path}", params={**params, "scope": "some"}, headers=plain)
        problem_of(wrong, 422)
    issuer = bearer(await api.key("credentials.issue"))
    problem_of(await api.http.get(f"/v1/learners/{who}/awardable", params=ALL, headers=issuer), 403)


async def test_each_representation_has_its_tag(api: Api, learner: Any) -> None:
    who, headers = learner
    tags = {scope: (await ask(api, who, headers, scope=scope)).headers["etag"] for scope in ("general", "all")}
    assert tags["general"] != tags["all"]
    for scope, tag in tags.items():
        for known_tag, status in ((tag, 304), (tags["all" if scope == "general" else "general"], 200), ("*", 304)):
            for codings in (PLAIN, ZSTD):
                again = await api.http.get(
                    f"/v1/learners/{who}",
                    params={"scope": scope},
                    headers={**headers, **codings, "If-None-Match": known_tag},
                )
                assert (again.status_code, again.headers["etag"].removeprefix("W/")) == (status, tag)
    async with api.http.stream("GET", f"/v1/learners/{who}", headers={**headers, **ZSTD}) as packed:
        body = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(body) == (await ask(api, who, headers)).content


async def test_a_tag_stands_no_longer_than_what_it_names(api: Api, learner: Any, plain: Any) -> None:
    """Somebody decides what an alignment means, or a framework says what is sensitive: the record is the same."""
    who, headers = learner
    await show(api, headers, piece("21", "Feelings", 8, "home"))

    async def changed(before: httpx.Response, code: str) -> tuple[httpx.Response, bool]:
        conditional = {**plain, "If-None-Match": before.headers["etag"]}
        after = await api.http.get(f"/v1/learners/{who}", headers=conditional)
        assert after.status_code == 200, "what was held is not what is to be seen"
        return after, code in (await ask(api, who, plain, "/record/full")).text

    first = await ask(api, who, plain)
    assert "Feelings" in (await ask(api, who, plain, "/record/full")).text
    [waiting] = (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"]
    decided = {"competency": ident("P.1")}
    put = await api.http.put(f"/v1/alignments/{waiting['id']}", json=decided, headers=headers)
    assert put.status_code == 200, put.text
    second, there = await changed(first, "Feelings")
    assert not there
    package = shop()
    wood = next(item for item in package["CFItems"] if item["humanCodingScheme"] == "W.2")
    wood["extensions"] = {"tessera": {"sensitivity": "health"}}
    await frame(api, package)
    third, there = await changed(second, "Piece 4")
    assert not there
    await frame(api, shop())
    _, there = await changed(third, "Piece 4")
    assert there
    async with api.db.transaction(api.tenant) as tx:
        await frameworks.remove(tx, UUID(ident("Shop")), datetime.now(UTC))
    assert "Piece 5" not in (await ask(api, who, plain)).text, "also when its framework is gone"


async def test_what_was_never_reached_is_as_sensitive(api: Api, learner: Any, plain: Any) -> None:
    """Excused work shows nothing of a competency, so that no view has it; the record names what it was aligned to."""
    who, headers = learner
    sore = item("P.7", "Says what hurts", extensions={"tessera": {"sensitivity": "health"}})
    await frame(api, {"CFDocument": made("CFDocuments", "More", creator="x", title="More"), "CFItems": [sore]})
    await show(api, headers, {**piece("22", "P.7", 1, "home"), "result": {"status": "exempt"}})
    assert "P.7" in (await ask(api, who, headers, "/record/full", **ALL)).text
    assert "P.7" not in (await ask(api, who, plain, "/record/full")).text


async def test_one_piece_of_work_is_withheld_as_a_whole(api: Api, learner: Any, plain: Any) -> None:
    who, headers = learner
    both = piece("8", "P.1", 9, "in-school") | {"alignments": [{"code": "P.1"}, {"code": "W.1"}]}
    before = (await ask(api, who, plain)).json()
    await show(api, headers, both)
    after = await ask(api, who, plain)
    assert "Piece 8" not in after.text
    assert after.json()["withheld"] > before["withheld"]


async def test_a_timeline_counts_what_it_leaves_out(api: Api, learner: Any, plain: Any) -> None:
    who, headers = learner
    whole = (await ask(api, who, headers, "/timeline", **ALL)).json()
    answer = await ask(api, who, plain, "/timeline")
    seen = answer.json()
    assert not [secret for secret in SECRETS if secret in answer.text]
    assert (whole["withheld"], len(whole["entries"]) - len(seen["entries"])) == (0, seen["withheld"])
    assert seen["withheld"] > 0
    assert all(entry in whole["entries"] for entry in seen["entries"]), "with the same pointers"
    paged = [(await ask(api, who, plain, "/timeline", limit=1)).json()]
    while paged[-1]["next"]:
        paged.append((await ask(api, who, plain, "/timeline", limit=1, after=paged[-1]["next"])).json())
    assert [entry for page in paged for entry in page["entries"]] == seen["entries"]
    assert (await ask(api, who, plain, "/timeline", setting="home")).json()["withheld"] == 0


async def test_provenance_gives_no_bytes_of_what_is_sensitive(api: Api, learner: Any, plain: Any) -> None:
    """Whichever value they are asked for by: the name of a child comes with each piece of work."""
    who, headers = learner
    whole, seen = [
        (await ask(api, who, reader, "/record/full", **p)).json() for reader, p in ((headers, ALL), (plain, {}))
    ]
    places = [f"/{s}/{entry['id']}" for s in ("results", "evidence") for entry in whole[s] if entry not in seen[s]]
    assert places
    for path in ("", "/identifiers", "/identifiers/0"):
        every = (await ask(api, who, headers, "/provenance", path=path, **ALL)).json()
        answer = await ask(api, who, plain, "/provenance", path=path)
        assert not [secret for secret in SECRETS if secret in answer.text]
        body = answer.json()
        assert len(every["statements"]) - len(body["statements"]) == body["withheld"] > 0
    for path in (*places, f"{places[0]}/title", "/results", "/withheld"):
        problem_of(await api.http.get(f"/v1/learners/{who}/provenance", params={"path": path}, headers=plain), 404)


async def test_what_was_taken_back_gives_no_bytes_either(api: Api, learner: Any, plain: Any) -> None:
    who, headers = learner
    async with api.db.transaction(api.tenant) as tx:
        await tx.run(
            "UPDATE record SET state = 'retracted' WHERE tenant_id = %s AND raw_key = '5' AND kind <> 'person'",
            tx.tenant,
        )
    await show(api, headers, piece("23", "W.1", 8, "home"))
    gone = {"state": "retracted"}
    assert "P.1" in (await ask(api, who, headers, "/record/results", **gone, **ALL)).text
    answer = await ask(api, who, plain, "/record/results", **gone)
    assert (answer.json()["entries"], answer.json()["withheld"]) == ([], 1)
    for path in ("", "/record/full", "/provenance"):
        answer = await ask(api, who, plain, path, path="/names")
        assert not [secret for secret in SECRETS if secret in answer.text]


async def test_of_two_who_are_one_nothing_sensitive_is_told(api: Api, learner: Any, plain: Any) -> None:
    who, headers = learner
    twin = {"learner": {"identifiers": [{"type": "district", "value": "200900"}]}}
    await show(api, headers, {**piece("24", "P.1", 9, "home"), **twin}, {**piece("25", "W.1", 9, "home"), **twin})
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT source_id, key FROM person WHERE tenant_id = %s ORDER BY 1, 2", tx.tenant)
        await decisions.link(tx, *[(source, key) for source, key in rows], by="registrar", reason="the same child")
    await settle(api.db, api.tenant)
    ids = [
        who,
        *(learner_id["id"] for learner_id in (await api.http.get("/v1/learners", headers=headers)).json()["learners"]),
    ]
    for learner_id in ids:
        answer = await api.http.get(f"/v1/learners/{learner_id}", headers=plain, follow_redirects=True)
        assert answer.status_code == 200
        assert "Piece 25" in answer.text
        assert not [secret for secret in (*SECRETS, "Piece 24") if secret in answer.text]


async def test_a_district_without_anything_sensitive_is_read_as_it_is_stored(api: Api, learner: Any) -> None:
    """What another district holds sensitive is nothing to it, whatever is asked for."""
    source = await api.source("evidence", "club", tenant=api.other)
    headers = bearer(await api.key(source=source, tenant=api.other))
    await api.http.post("/v1/evidence", json=PUSHED, headers=headers)
    await settle(api.db, api.other)
    [listed] = (await api.http.get("/v1/learners", headers=headers)).json()["learners"]
    async with api.db.transaction(api.other) as tx:
        stored = await tx.one(
            "SELECT body FROM learner WHERE tenant_id = %s AND id = %s", tx.tenant, UUID(listed["id"])
        )
    for params in ({}, ALL):
        answer = await ask(api, listed["id"], headers, **params)
        assert answer.content == zstandard.decompress(stored)
        assert answer.headers["etag"] == f'"{listed["etag"]}"'
        assert "P.1" in (await ask(api, listed["id"], headers, "/record/full", **params)).text
    assert (await ask(api, listed["id"], headers, "/timeline")).json()["withheld"] == 0


async def test_a_learner_with_nothing_sensitive_is_read_as_stored(api: Api, learner: Any, plain: Any) -> None:
    _, headers = learner
    other = {"learner": {"identifiers": [{"type": "district", "value": "200901"}]}}
    await show(api, headers, {**piece("26", "W.1", 9, "home"), **other})
    answer = await api.http.get("/v1/learners", params={"identifier": "district:200901"}, headers=headers)
    [listed] = answer.json()["learners"]
    seen, whole = await ask(api, listed["id"], plain), await ask(api, listed["id"], headers, **ALL)
    assert seen.content == whole.content
    assert seen.headers["etag"] == whole.headers["etag"] == f'"{listed["etag"]}"'


async def test_what_is_sensitive_in_any_framework_is_so_wherever_it_is_placed(api: Api, learner: Any) -> None:
    """Also where the framework that came last has it as general."""
    who, headers = learner
    copy = {"CFDocument": made("CFDocuments", "Copy", creator="x", title="Copy"), "CFItems": [item("P.1", "Shares")]}
    await frame(api, copy)
    async with api.db.transaction(api.tenant) as tx:
        [placed] = await standings.placed(tx, [UUID(ident("P.1"))])
    assert (placed.framework, placed.sensitivity) == ("Copy", "sensitive")
    looks = ("/profile", "/growth", "", "/timeline", "/gaps", "/progress", "/next", "/pathway")
    for path, params in [(path, {"framework": ident(of)}) for path in looks for of in ("Copy", "Shop")]:
        words = (await ask(api, who, headers, path, **params)).text
        assert not [secret for secret in SECRETS if secret in words]
