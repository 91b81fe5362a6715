"""Made-up CASE packages: one with every field CASE 1.1 has, one as 1.0 providers send them, one of any size."""

import random
from typing import Any
from uuid import UUID, uuid5

ROOT = "https://frameworks.example.org/ims/case/v1p1"
AT = "2026-08-01T09:00:00Z"
Json = dict[str, Any]


def ident(name: str) -> str:
    """A UUID for a name."""
    return str(uuid5(UUID(int=7), name))


def link(kind: str, name: str) -> Json:
    """A link to an object."""
    return {"title": name, "identifier": ident(name), "uri": f"{ROOT}/{kind}/{ident(name)}"}


def made(kind: str, name: str, **fields: Any) -> Json:
    """An object with what all objects have."""
    return {"identifier": ident(name), "uri": f"{ROOT}/{kind}/{ident(name)}", "lastChangeDateTime": AT, **fields}


def association(type: str, origin: str, destination: str, n: int = 1, **more: Any) -> Json:
    """An association of two items of a package."""
    return made(
        "CFAssociations",
        f"{type}:{origin}:{destination}",
        associationType=type,
        sequenceNumber=n,
        originNodeURI=link("CFItems", origin),
        destinationNodeURI=link("CFItems", destination),
        **more,
    )


def item(name: str, statement: str, **more: Any) -> Json:
    """An item; its name is its code."""
    return made("CFItems", name, humanCodingScheme=name, fullStatement=statement, **more)


def full() -> Json:
    """A package with every field of CASE 1.1 filled."""
    subjects = [link("CFSubjects", "Making")]
    document = made(
        "CFDocuments",
        "Maker Profile",
        frameworkType="ext:graduateProfile",
        caseVersion="1.1",
        creator="Sample District",
        title="Maker Profile",
        officialSourceURL="https://district.example.org/profile",
        publisher="Sample District",
        description="What our graduates make",
        subject=["Making", "Science"],
        subjectURI=subjects,
        language="en",
        version="2.1",
        adoptionStatus="Adopted",
        statusStartDate="2026-07-01",
        statusEndDate="2030-06-30",
        licenseURI=link("CFLicenses", "CC BY"),
        notes="**bold**",
        extensions={"x": {"y": [1, 2.5, None]}},
    )
    rich = item(
        "M.1",
        "Makes *something* that works",
        alternativeLabel="M1",
        CFItemType="Skill",
        listEnumeration="1",
        abbreviatedStatement="Makes",
        conceptKeywords=["make"],
        conceptKeywordsURI=link("CFConcepts", "Design"),
        notes="$x^2$",
        subject=["Making"],
        subjectURI=subjects,
        language="en",
        educationLevel=["09", "10"],
        CFItemTypeURI=link("CFItemTypes", "Skill"),
        licenseURI=link("CFLicenses", "CC BY"),
        statusStartDate="2026-07-01",
        statusEndDate="2030-06-30",
        extensions={"tessera": {"sensitivity": "sel"}},
    )
    associations = [
        association(
            "isChildOf", "M.2", "M.1", 1, notes="why", CFAssociationGroupingURI=link("CFAssociationGroupings", "G")
        ),
        association("precedes", "M.1", "M.2", 2, extensions={"tessera": {"strength": "partially"}}),
    ]
    outside = association("ext:onet.skill", "M.1", "M.2", 3)
    outside["destinationNodeURI"] = {
        "title": "Equipment selection",
        "identifier": "2.B.3.c",
        "uri": "https://onet.example.org/2.B.3.c",
        "targetType": "ext:onet",
    }
    return {
        "CFDocument": document,
        "CFItems": [rich, item("M.2", "Makes it again, better")],
        "CFAssociations": [*associations, outside],
        "CFDefinitions": _definitions(),
        "CFRubrics": [_rubric()],
        "extensions": {"made": "by hand"},
    }


def _definitions() -> Json:
    def coded(kind: str, name: str, code: str, **more: Any) -> Json:
        return made(kind, name, title=name, hierarchyCode=code, description=f"About {name}", extensions={}, **more)

    return {
        "CFConcepts": [
            coded("CFConcepts", "Design", "1", keywords="draft|sketch"),
            coded("CFConcepts", "Sketch", "1.1", keywords="sketch"),
            coded("CFConcepts", "Elsewhere", "11", keywords="else"),
        ],
        "CFSubjects": [coded("CFSubjects", "Making", "1"), coded("CFSubjects", "Wood", "1.1")],
        "CFItemTypes": [coded("CFItemTypes", "Skill", "1", typeCode="S"), coded("CFItemTypes", "Subskill", "1.1")],
        "CFLicenses": [made("CFLicenses", "CC BY", title="CC BY", description="Attribution", licenseText="Name us.")],
        "CFAssociationGroupings": [made("CFAssociationGroupings", "G", title="G", description="A group")],
        "extensions": {},
    }


def _rubric() -> Json:
    levels = [
        made(
            "CFRubricCriterionLevels",
            f"level {n}",
            description=f"Level {n}",
            quality=name,
            score=float(n),
            feedback="Go on",
            position=n,
            rubricCriterionId=ident("criterion"),
            extensions=[{"color": "none"}],
        )
        for n, name in enumerate(("Not yet", "Partly", "Fully"))
    ]
    criterion = made(
        "CFRubricCriteria",
        "criterion",
        category="Craft",
        description="It works",
        CFItemURI=link("CFItems", "M.1"),
        weight=1.5,
        position=1,
        rubricId=ident("rubric"),
        CFRubricCriterionLevels=levels,
        extensions={},
    )
    return made(
        "CFRubrics", "rubric", title="Making", description="How it is made", CFRubricCriteria=[criterion], extensions={}
    )


def as_one_point_zero() -> Json:
    """A package as CASE 1.0 providers really send them: with what 1.1 forbids, without what it requires."""
    package = full()
    package["CFDocument"] |= {"CFPackageURI": link("CFPackages", "Maker Profile"), "caseVersion": "1.0"}
    for part in package["CFItems"] + package["CFAssociations"]:
        part["CFDocumentURI"] = link("CFDocuments", "Maker Profile")
    kinds = package["CFDefinitions"]["CFItemTypes"]
    del kinds[0]["description"], kinds[1]["hierarchyCode"]
    first, second = package["CFItems"]
    first |= {"educationLevel": "09", "lastChangeDateTime": "2017-05-08 23:06:36", "isComposite": True, "notes": None}
    second |= {"statusStartDate": "2017-05-08T00:00:00", "uri": "not a uri", "identifier": ident("M.2").upper()}
    package["CFAssociations"][0] |= {"associationType": "Is Child Of", "sequenceNumber": "4"}
    package["CFAssociations"][1] |= {"associationType": "Is Taught With", "originNodeURI": f"{ROOT}/CFItems/x"}
    del package["CFAssociations"][2]["destinationNodeURI"]
    return package


def large(items: int, associations: int) -> Json:
    """A package of a size, a tree with cross-links (the largest of the Smarter Balanced ones has 585 and 3,400)."""
    chance = random.Random(1)
    words = ["solve", "compare", "explain", "represent", "measure", "justify", "model", "estimate"]
    made_items = [item(f"L.{n}", " ".join(chance.choices(words, k=30))) for n in range(items)]
    links = [association("isChildOf", f"L.{n}", f"L.{n // 4}", n) for n in range(1, items)]
    links += [
        association("isRelatedTo", f"L.{chance.randrange(items)}", f"L.{chance.randrange(items)}", n)
        for n in range(associations - len(links))
    ]
    document = made("CFDocuments", "Large", caseVersion="1.1", creator="Sample", title="Large")
    return {"CFDocument": document, "CFItems": made_items, "CFAssociations": links}
