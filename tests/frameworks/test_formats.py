"""Frameworks of other systems: CTDL-ASN, ASN, Ed-Fi, Canvas and Moodle in, CTDL-ASN and a spreadsheet out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.errors import ConfigError
from app.frameworks import sheet
from app.frameworks.case import package as case
from app.frameworks.case.package import Package
from app.frameworks.formats.reading import packages_of
from app.frameworks.formats.writing import ctdl_asn, spreadsheet
from tests.support.api import Api, bearer, problem_of
from tests.support.frameworks import full

BASE = "https://records.example.org/ims/case/v1p1"
AT = "2026-11-01T00:00:00Z"
REGISTRY = "https://credentialengineregistry.org/resources"
WELDING, WELDS = "ce-177f4c85-4efe-401d-acdd-1ea4adeeaf37", "ce-5e3de882-3b49-421b-b623-695c63587f4f"
LEVEL = "http://purl.org/ASN/scheme/ASNEducationLevel"

CTDL: dict[str, Any] = {
    "@context": "https://credreg.net/ctdlasn/schema/context/json",
    "@graph": [
        {
            "@id": f"{REGISTRY}/{WELDING}",
            "@type": "ceasn:CompetencyFramework",
            "ceterms:ctid": WELDING,
            "ceasn:name": {"en-us": "Welding"},
            "ceasn:creator": ["https://district.example.org"],
            "ceasn:inLanguage": ["en"],
            "ceasn:hasTopChild": [f"{REGISTRY}/{WELDS}"],
            "ceasn:dateModified": "2024-01-02",
        },
        {
            "@id": "https://district.example.org/c/2",
            "@type": "ceasn:Competency",
            "ceasn:competencyText": [{"@language": "en", "@value": "Cuts steel"}],
            "ceasn:educationLevelType": [
                {"@type": "ceterms:CredentialAlignmentObject", "ceterms:targetNode": f"{LEVEL}/9"}
            ],
            "ceasn:exactAlignment": ["http://asn.jesandco.org/resources/S1"],
            "ceasn:prerequisiteAlignment": [f"{REGISTRY}/{WELDS}"],
        },
        {
            "@id": f"{REGISTRY}/{WELDS}",
            "@type": "ceasn:Competency",
            "ceterms:ctid": WELDS,
            "ceasn:competencyText": {"es": "Suelda", "en-us": "Welds"},
            "ceasn:competencyLabel": {"en-us": "Welding"},
            "ceasn:codedNotation": "W.1",
            "ceasn:competencyCategory": {"en-us": "Skill"},
            "ceasn:comment": {"en-us": "With a mask."},
            "ceasn:isPartOf": [f"{REGISTRY}/{WELDING}"],
            "ceasn:hasChild": ["https://district.example.org/c/2"],
            "ceasn:weight": 2,
        },
    ],
}
ASN = {
    "http://asn.jesandco.org/resources/D1": {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": [
            {"value": "http://purl.org/ASN/schema/core/StandardDocument"}
        ],
        "http://purl.org/dc/elements/1.1/title": [{"value": "Mathematics", "type": "literal", "lang": "en-US"}],
        "http://purl.org/dc/terms/publisher": [{"value": "NGA", "type": "literal"}],
        "http://purl.org/gem/qualifiers/hasChild": [{"value": "http://asn.jesandco.org/resources/S1", "type": "uri"}],
    },
    "http://asn.jesandco.org/resources/S1": {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": [{"value": "http://purl.org/ASN/schema/core/Statement"}],
        "http://purl.org/dc/terms/description": [{"value": "Makes sense of problems", "type": "literal"}],
        "http://purl.org/ASN/schema/core/statementNotation": [{"value": "MP1", "type": "literal"}],
        "http://purl.org/ASN/schema/core/statementLabel": [{"value": "Practice", "type": "literal"}],
        "http://purl.org/dc/terms/educationLevel": [{"value": f"{LEVEL}/K"}, {"value": f"{LEVEL}/1"}],
        "http://purl.org/gem/qualifiers/isChildOf": [{"value": "http://asn.jesandco.org/resources/D1"}],
    },
}
EDFI = [
    {
        "learningStandardId": "111.15.3.1.A",
        "description": "Uses counting",
        "learningStandardItemCode": "3.1A",
        "namespace": "uri://tea.example.org",
        "contentStandard": {"title": "Essential Knowledge", "authors": [{"author": "Agency"}]},
        "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Third grade"}],
        "academicSubjects": [{"academicSubjectDescriptor": "uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics"}],
        "parentLearningStandardReference": {"learningStandardId": "111.15.3"},
        "prerequisiteLearningStandards": [
            {"prerequisiteLearningStandardReference": {"learningStandardId": "111.15.3"}}
        ],
        "successCriteria": "by tens",
    },
    {
        "learningStandardId": "111.15.3",
        "description": "Number",
        "namespace": "uri://tea.example.org",
        "contentStandard": {"title": "Essential Knowledge"},
    },
]
CANVAS = (
    "vendor_guid,object_type,title,description,display_name,calculation_method,workflow_state,parent_guids,ratings,,,\n"
    "a,group,Writing,,,,active,,,,,\n"
    'b,outcome,W.1,"<p>Argues &amp; cites</p>",Argument,highest,active,a,3,Meets,1,Begins\n'
    "c,outcome,Gone,,,,deleted,a,,,,\n"
)
MOODLE = (
    '"Parent ID number","ID number","Short name",Description,"Description format","Scale values",'
    '"Scale configuration","Rule type (optional)","Rule outcome (optional)","Rule config (optional)",'
    '"Cross-referenced competency ID numbers",'
    '"Exported ID (optional)","Is framework",Taxonomy\n'
    ',SHOP,Shop,<p>Making</p>,1,"Not yet,Competent","[]",,,,,,1,"competency"\n'
    ",W,Wood,,1,,,,0,null,,1,,\n"
    "W,W.1,Joins,<p>Joins wood</p>,1,,,,0,null,W,2,,\n"
)


def read(body: bytes, title: str | None = None) -> Package:
    [made] = packages_of(body, BASE, title)
    return case.read(made.body, BASE, AT)


def coded(package: Package) -> dict[str, dict[str, Any]]:
    return {item.get("humanCodingScheme") or item["fullStatement"]: item for item in package.items}


def links(package: Package) -> set[tuple[str, str, str]]:
    """(type, from, to) by code or statement; what is outside by its address."""
    names = {item["identifier"]: name for name, item in coded(package).items()}
    names[package.document["identifier"]] = package.document["title"]
    return {
        (
            link["associationType"],
            names[link["originNodeURI"]["identifier"]],
            names.get(link["destinationNodeURI"]["identifier"], link["destinationNodeURI"]["uri"]),
        )
        for link in package.associations
    }


def test_ctdl_asn_is_read() -> None:
    package = read(msgspec.json.encode(CTDL))
    assert (package.document["title"], package.document["identifier"]) == ("Welding", WELDING.removeprefix("ce-"))
    items = coded(package)
    welds = items["W.1"]
    assert list(items) == ["W.1", "Cuts steel"], "as those above list them"
    assert welds["identifier"] == WELDS.removeprefix("ce-")
    assert (welds["fullStatement"], welds["abbreviatedStatement"]) == ("Welds", "Welding")
    assert (welds["CFItemType"], welds["notes"]) == ("Skill", "With a mask.")
    assert items["Cuts steel"]["educationLevel"] == ["09"]
    assert links(package) == {
        ("isChildOf", "W.1", "Welding"),
        ("isChildOf", "Cuts steel", "W.1"),
        ("precedes", "W.1", "Cuts steel"),
        ("exactMatchOf", "Cuts steel", "http://asn.jesandco.org/resources/S1"),
    }
    [made] = packages_of(msgspec.json.encode(CTDL), BASE)
    assert [(finding.what, finding.count) for finding in made.lost or ()] == [
        ("a text in 'es' is not kept: CASE has no field for it", 1),
        ("weight is not kept: CASE has no field for it", 1),
    ]


def test_asn_is_read() -> None:
    package = read(msgspec.json.encode(ASN))
    assert (package.document["title"], package.document["creator"]) == ("Mathematics", "NGA")
    item = coded(package)["MP1"]
    assert (item["fullStatement"], item["CFItemType"]) == ("Makes sense of problems", "Practice")
    assert item["educationLevel"] == ["KG", "01"]
    assert item["uri"] == "http://asn.jesandco.org/resources/S1"


@pytest.mark.parametrize("lines", [False, True])
def test_learning_standards_of_ed_fi_are_read(lines: bool) -> None:
    body = b"\n".join(map(msgspec.json.encode, EDFI)) if lines else msgspec.json.encode(EDFI)
    package = read(body)
    assert (package.document["title"], package.document["creator"]) == ("Essential Knowledge", "Agency")
    assert package.document["subject"] == ["Mathematics"]
    assert coded(package)["3.1A"]["educationLevel"] == ["03"]
    assert links(package) == {
        ("isChildOf", "3.1A", "111.15.3"),
        ("isChildOf", "111.15.3", "Essential Knowledge"),
        ("precedes", "111.15.3", "3.1A"),
    }


@pytest.mark.parametrize("sign", [",", ";"])
def test_outcomes_of_canvas_are_read_with_their_ratings(sign: str) -> None:
    package = read(CANVAS.replace(",", sign).encode("utf-8-sig"), "Our outcomes")
    assert package.document["title"] == "Our outcomes"
    items = coded(package)
    assert (items["W.1"]["fullStatement"], items["W.1"]["abbreviatedStatement"]) == ("Argues & cites", "Argument")
    assert items["Writing"]["CFItemType"] == "Outcome group"
    assert links(package) == {("isChildOf", "Writing", "Our outcomes"), ("isChildOf", "W.1", "Writing")}
    [rubric] = package.rubrics
    [criterion] = rubric["CFRubricCriteria"]
    assert criterion["CFItemURI"]["identifier"] == items["W.1"]["identifier"]
    assert [(level["quality"], level["score"]) for level in criterion["CFRubricCriterionLevels"]] == [
        ("Meets", 3),
        ("Begins", 1),
    ]


def test_a_framework_of_moodle_is_read_with_its_scale() -> None:
    package = read(MOODLE.encode())
    assert (package.document["title"], package.document["description"]) == ("Shop", "Making")
    assert coded(package)["W.1"]["abbreviatedStatement"] == "Joins"
    assert ("isRelatedTo", "W.1", "W") in links(package)
    levels = package.rubrics[0]["CFRubricCriteria"][0]["CFRubricCriterionLevels"]
    assert [level["quality"] for level in levels] == ["Not yet", "Competent"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"items": []}', "this JSON is no framework that is read here"),
        (b"[1, 2", "is no framework of another system"),
        (b'{"a": ', "this is no JSON"),
        (b"code,statement\nA,B\n", "POST /v1/frameworks/csv"),
        (CANVAS.splitlines()[0].encode(), "no competency in it"),
        (MOODLE.replace(",1,", ",0,").encode(), "the first row is no framework"),
        (CANVAS.replace("3,Meets", "three,Meets").encode(), "'three' is no number of points"),
        (b"", "is no framework of another system"),
    ],
)
def test_what_is_no_framework_is_told_with_what_is_read(body: bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        packages_of(body, BASE)


@pytest.mark.parametrize("of", [CTDL, ASN, EDFI, CANVAS, MOODLE])
def test_what_is_written_in_ctdl_asn_is_read_as_the_same(of: Any) -> None:
    package = read(of.encode() if isinstance(of, str) else msgspec.json.encode(of))
    back = read(ctdl_asn(package.body))
    assert {i["identifier"]: i["fullStatement"] for i in back.items} == {
        i["identifier"]: i["fullStatement"] for i in package.items
    }
    assert links(back) == links(package)


def words_of(package: Package) -> dict[str, list[str]]:
    """What each item says, without blanks at its ends."""
    fields = ("fullStatement", "humanCodingScheme", "abbreviatedStatement", "CFItemType", "notes")
    return {
        item["identifier"]: [item.get(field, "").strip() for field in fields] + item.get("educationLevel", [])
        for item in package.items
    }


def test_packages_of_others_come_back_out_of_ctdl_asn(shared: Path) -> None:
    """Nine of Smarter Balanced and the Common Core."""
    files = [
        *sorted((shared / "data/case/smarterbalanced").glob("*.gz")),
        shared / "data/case/ccss-math.case11.json.gz",
    ]
    assert len(files) > 8
    for file in files:
        package = read(file.read_bytes())
        back = read(ctdl_asn(package.body))
        assert words_of(back) == words_of(package), file.name


@pytest.mark.parametrize("of", [CTDL, ASN, EDFI, CANVAS, MOODLE])
def test_what_is_written_as_a_spreadsheet_is_read_with_its_tree(of: Any) -> None:
    package = read(of.encode() if isinstance(of, str) else msgspec.json.encode(of))
    items, levels = sheet.read(spreadsheet(package.body))
    assert {item.statement for item in items} == {item["fullStatement"] for item in package.items}
    assert len({item.code for item in items}) == len(items), "each has a code of its own"
    assert sum(item.parent is not None for item in items) == sum(
        kind == "isChildOf" and to != package.document["title"] for kind, _, to in links(package)
    )
    assert len(levels) == sum(
        len(criterion["CFRubricCriterionLevels"]) for r in package.rubrics for criterion in r["CFRubricCriteria"]
    )


async def test_a_file_is_imported_whatever_wrote_it_and_exported_for_others(api: Api) -> None:
    headers = bearer(await api.key("frameworks.manage", "frameworks.read"))
    for body, title in (
        (msgspec.json.encode(CTDL), "Welding"),
        (CANVAS.encode(), "Outcomes"),
        (msgspec.json.encode(full()), "Maker Profile"),
    ):
        answer = await api.http.post(
            "/v1/frameworks/files", params={"title": "Outcomes"}, content=body, headers=headers
        )
        assert answer.status_code == 200, answer.text
        [taken] = answer.json()["frameworks"]
        assert (taken["title"], taken["state"]) == (title, "new")
        again = await api.http.post("/v1/frameworks/files", params={"title": "Outcomes"}, content=body, headers=headers)
        assert again.json()["frameworks"][0]["state"] == "unchanged"
        kinds = {"case": "application/json", "ctdl-asn": "application/ld+json", "csv": "text/csv; charset=utf-8"}
        for form, kind in kinds.items():
            written = await api.http.get(f"/v1/frameworks/{taken['id']}/export", params={"form": form}, headers=headers)
            assert (written.status_code, written.headers["content-type"]) == (200, kind)
            assert written.content
    listed = (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"]
    [welding] = [framework for framework in listed if framework["title"] == "Welding"]
    whats = [finding["what"] for finding in welding["findings"]]
    assert "weight is not kept: CASE has no field for it" in whats
    assert not [what for what in whats if "lastChangeDateTime" in what], "another format says no times"
    refused = await api.http.post("/v1/frameworks/files", content=b'{"a": 1}', headers=headers)
    assert "is no framework that is read here" in problem_of(refused, 422)["detail"]


CASE_ROWS = """Identifier,fullStatement,Human Coding Scheme,Abbreviated Statement,Education Level,CFItemType,\
Is Child Of,IsRelatedTo,Exemplar
Math,Everything about math,M,,,Domain,Math,,
Math.Fractions,Fractions are rational numbers,M.F,Fractions,"09,10",Cluster,M,CCSS.Math.Content.HSF-IF.C.8b,
Math.Fractions.1,Adds fractions,M.F.1,,09.10,Standard,Math.Fractions,,https://example.org/video
"""
OUTLINE = """identifier,fullStatement,humanCodingScheme,smartLevel
83a9d3bc-885d-11e7-8edf-7bbafcea4b0d,Reading,R,3
7fbbd2fa-885d-11e7-a99d-449ef607a326,Key ideas,R.1,3.6
83d4e624-885d-11e7-8e87-1993f57e603e,Asks questions,R.1.a,3.6.2
"""


def test_rows_under_cases_own_names_are_a_framework() -> None:
    """As OpenSALT exports them: what is above is told by a code or an identifier; commas of grades may be points."""
    package = read(CASE_ROWS.encode())
    items = {item["fullStatement"]: item for item in package.items}
    assert [item["educationLevel"] for item in package.items if "educationLevel" in item] == [
        ["09", "10"],
        ["09", "10"],
    ]
    above = {origin: to for kind, origin, to in links(package) if kind == "isChildOf"}
    assert (above["M.F"], above["M.F.1"], above["M"]) == ("M", "M.F", package.document["title"])
    assert items["Fractions are rational numbers"]["abbreviatedStatement"] == "Fractions"
    [taken] = packages_of(CASE_ROWS.encode(), BASE)
    assert [finding.what for finding in taken.lost or ()] == ["exemplar is not kept: CASE has no field for it"]


def test_a_place_in_an_outline_says_what_is_above_and_an_identifier_stays() -> None:
    package = read(OUTLINE.encode())
    above = {origin: to for kind, origin, to in links(package) if kind == "isChildOf"}
    assert (above["R.1"], above["R.1.a"]) == ("R", "R.1")
    assert package.items[0]["identifier"] == "83a9d3bc-885d-11e7-8edf-7bbafcea4b0d"


def test_two_rows_of_one_identifier_are_refused() -> None:
    with pytest.raises(ConfigError, match="two rows have the identifier or code 'R'"):
        read(b"fullStatement,humanCodingScheme\nReading,R\nWriting,R\n")


@pytest.mark.parametrize("rows", [CASE_ROWS, OUTLINE])
def test_rows_come_back_out_of_every_form(rows: str) -> None:
    package = read(rows.encode())
    assert words_of(read(ctdl_asn(package.body))) == words_of(package)
    assert {item.statement for item in sheet.read(spreadsheet(package.body))[0]} == {
        item["fullStatement"] for item in package.items
    }


def test_a_competency_of_moodle_without_its_number_is_told() -> None:
    with pytest.raises(ConfigError, match="'Shop' has no ID number"):
        packages_of(MOODLE.replace(",SHOP,", ",,").encode(), BASE)


def test_texts_in_other_languages_are_told() -> None:
    [made] = packages_of(msgspec.json.encode(CTDL), BASE)
    assert any(finding.what.startswith("a text in 'es'") for finding in made.lost or [])
