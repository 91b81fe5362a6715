"""A learner record says how its achievements hang together, and who vouches for what others issued."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.model import Achievement, Alignment
from app.issuing.associations import Link, competencies, of_courses, of_frameworks
from app.issuing.awards import Item
from app.records.document import ResultEntry, WholeRecord
from app.records.parts import EntryClass
from app.wallet.received import verify_received
from app.wallet.submitted import CLR, validator
from tests.support.api import EVIDENCE, Api, problem_of
from tests.support.headers import HEADER
from tests.support.issuing import checked
from tests.support.landing import hand_in, listed, record
from tests.support.received import badge, know, nowhere

FIRST, SECOND = UUID(int=1), UUID(int=2)


def item(path: str, name: str, *aligned: UUID) -> Item:
    alignments = tuple(
        Alignment(str(target), f"https://case.example.org/ims/case/v1p1/CFItems/{target}") for target in aligned
    )
    return Item(path, path, Achievement(f"urn:{name}", name, name, alignments=alignments), None)


def result(own: str, taught: EntryClass | None) -> ResultEntry:
    return ResultEntry(id=own, setting="in-school", from_=(), class_=taught)


def triples(associations: Any) -> set[tuple[str, str, str]]:
    return {(association.type, association.source, association.target) for association in associations}


def test_results_are_part_of_their_course_and_evidence_of_none() -> None:
    record = WholeRecord(
        header=HEADER,
        results=(
            result("0", EntryClass(course="Algebra", school="North")),
            result("1", EntryClass(title="A1")),
            result("2", None),
        ),
    )
    of = [item("/results/0", "quiz"), item("/results/1", "test"), item("/results/2", "alone"), item("/evidence/0", "x")]
    courses, associations = of_courses(record, of)
    assert [(course.name, course.type) for course in courses] == [("Algebra", "Course"), ("A1", "Course")]
    assert triples(associations) == {("isPartOf", "urn:quiz", courses[0].id), ("isPartOf", "urn:test", courses[1].id)}
    again, _ = of_courses(record, of)
    assert again == courses


def test_what_a_framework_says_of_competencies_holds_for_what_is_aligned_to_them() -> None:
    aligned = competencies([item("/a", "add", FIRST), item("/b", "divide", SECOND), item("/c", "both", FIRST, SECOND)])
    associations = of_frameworks(
        aligned, [("precedes", FIRST, SECOND), ("exemplar", FIRST, SECOND), ("isChildOf", SECOND, uuid4())]
    )
    assert triples(associations) == {
        ("precedes", "urn:add", "urn:divide"),
        ("precedes", "urn:add", "urn:both"),
        ("precedes", "urn:both", "urn:divide"),
    }


def test_addresses_without_an_id_and_endless_pairs_do_no_harm() -> None:
    bare = Item("/a", "a", Achievement("urn:a", "a", "a", alignments=(Alignment("x", "https://e.org/x"),)), None)
    assert competencies([bare]) == {}
    many = {FIRST: [f"urn:{n}" for n in range(200)], SECOND: [f"urn:x{n}" for n in range(200)]}

    def links() -> Iterator[Link]:
        yield "precedes", FIRST, SECOND
        raise AssertionError("more pairs were made than are told")

    assert len(of_frameworks(many, links())) == 1000


async def test_a_record_tells_associations_and_is_valid(api: Api) -> None:
    headers = await api.pusher()
    case = "https://case.example.org/ims/case/v1p1/CFItems/"
    learner = await api.learner(headers, alignments=[{"name": "A", "url": f"{case}{FIRST}"}])
    await api.learner(headers, id="robotics-2", name="Two", alignments=[{"name": "B", "url": f"{case}{SECOND}"}])
    async with api.db.transaction(api.tenant) as tx:
        await tx.run(
            """INSERT INTO competency_link (tenant_id, framework_id, n, id, type, origin, destination, body)
               VALUES (%s, %s, 0, %s, 'precedes', %s, %s, '')""",
            tx.tenant,
            uuid4(),
            uuid4(),
            FIRST,
            SECOND,
        )
    made = await api.http.post(f"/v1/learners/{learner}/credentials", json={"kind": "ClrCredential"}, headers=headers)
    document = made.json()["credentials"][0]["document"]
    subject = document["credentialSubject"]
    ids = {inner["name"]: inner["credentialSubject"]["achievement"]["id"] for inner in subject["verifiableCredential"]}
    assert subject["association"] == [
        {
            "type": "Association",
            "associationType": "precedes",
            "sourceId": ids[EVIDENCE["name"]],
            "targetId": ids["Two"],
        }
    ]
    assert list(validator(CLR).iter_errors(document)) == []
    assert (await checked(api, document)).verdict == "valid"


async def test_the_district_vouches_for_what_known_issuers_gave_and_the_report_says_so(api: Api) -> None:
    headers, key = await api.pusher(), Ed25519PrivateKey.generate()
    learner = UUID(await api.learner(headers))
    await hand_in(api, learner, listed(badge(key)))
    await record(api, learner)
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    url, order = f"/v1/learners/{learner}/credentials", {"kind": "ClrCredential", "endorsement": "Seen by the school."}
    problem_of(await api.http.post(url, json=order, headers=headers), 422)
    made = await api.http.post(url, json={**order, "received": True}, headers=headers)
    stranger = made.json()["credentials"][0]["document"]
    assert "endorsement" not in stranger, "nobody vouches for what anybody could have signed"
    assert "badges.example.org/credentials/7" not in json.dumps(stranger)
    await know(api, key)
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    made = await api.http.post(url, json={**order, "received": True}, headers=headers)
    assert made.status_code == 201, made.text
    document = made.json()["credentials"][0]["document"]
    (endorsement,) = document["endorsement"]
    assert endorsement["credentialSubject"]["endorsementComment"] == "Seen by the school."
    assert endorsement["credentialSubject"]["id"] == "https://badges.example.org/credentials/7"
    assert list(validator(CLR).iter_errors(document)) == []
    report = await checked(api, document)
    assert report.verdict == "valid", report.as_json()
    check = report.check("endorsements")
    assert check is not None
    assert check.message == "1 of 1 endorsements hold."
    stray = json.loads(json.dumps(document))
    stray["endorsement"][0]["credentialSubject"]["endorsementComment"] = "Forged"
    check = (await checked(api, stray)).check("endorsements")
    assert check is not None
    assert check.outcome == "unknown"
