"""What others send about learners of the sample district: a vendor its evidence, an after-school program its badges."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from app.sandbox.accounts import lms_accounts, tool_account
from app.sandbox.catalog import CODE_PREFIX, STANDARDS
from app.sandbox.chance import hex_id, roll
from app.sandbox.district import District
from app.sandbox.people import NAMESAKES, NO_EMAIL, Learner

Json = dict[str, Any]

VENDOR = {"id": "https://writing.example/profile", "name": "Sample Writing Coach", "url": "https://writing.example"}
PROGRAM = {
    "id": "https://robotics.example/profile",
    "name": "Demo Lake Robotics Club",
    "url": "https://robotics.example",
}
FRAMEWORK = "Common Core State Standards for Mathematics"
LIBRARY = {"id": "https://library.example/profile", "name": "Sample Lake Library", "url": "https://library.example"}
ROBOTICS = {
    "id": "https://robotics.example/badges/line-follower",
    "name": "Line Follower",
    "description": "Builds and programs a robot that follows a line.",
}
_ALIGNED: tuple[Json, ...] = (
    {
        "targetName": "Develop a model to generate data for testing",
        "targetUrl": "https://www.nextgenscience.org/ms-ets1-4",
        "targetCode": "MS-ETS1-4",
        "targetFramework": "Next Generation Science Standards",
    },
    {
        "targetName": "Ratios: how fast the wheels turn against each other",
        "targetUrl": "http://www.corestandards.org/Math/Content/6/RP/A/1",
        "targetCode": "6.RP.A.1",
        "targetFramework": FRAMEWORK,
    },
)
"""What the badge is aligned to: a standard of a framework the district need not have, and one of mathematics."""
CRITERIA = "Build a robot that follows the club's test line for three rounds, and explain its control loop."


def evidence(district: District, count: int = 25) -> Iterator[Json]:
    """What the vendor pushes to `POST /v1/evidence`: one item each for learners of the grades that use the tool.

    Learners are named by the district's number; the last item but one names a number nobody has, and the last is wrong:
    it says nothing that was shown.
    """
    known = [learner for learner in district.learners if tool_account(learner) and not learner.left]
    for n, learner in enumerate(known[: count - 2]):
        yield _piece(district, learner, n)
    if known:
        yield _piece(district, known[0], count) | {
            "id": "writing-unknown",
            "learner": {"identifiers": [{"type": "district", "value": "9999999"}], "name": {"full": "Nobody Known"}},
        }
        yield {"id": "writing-empty", "learner": _learner(known[0])}


def _piece(district: District, learner: Learner, n: int) -> Json:
    standard = STANDARDS[learner.grade][n % 2]
    score = 1 + min(3, int(4 * learner.ability))
    result = {"score": score, "min": 1, "max": 4, "unit": "rubric points", "passed": score >= 3, "method": "formative"}
    code = {"code": CODE_PREFIX + standard.code, "framework": FRAMEWORK, "name": standard.about, "type": "CFItem"}
    day = 1 + roll(district.seed, learner.index, 61) % 28
    return {
        "id": f"writing-{learner.number}",
        "learner": _learner(learner),
        "name": f"Explains in writing: {standard.about.lower()}",
        "narrative": f"{learner.given} explained the steps in order and gave a reason for each.",
        "url": f"https://writing.example/pieces/{learner.number}",
        "genre": "explanation",
        "occurredAt": f"2026-10-{day:02d}T14:30:00-06:00",
        "setting": "in-school",
        "issuer": dict(VENDOR),
        "subject": "Mathematics",
        "result": result,
        "alignments": [code],
    }


def _learner(learner: Learner) -> Json:
    return {
        "identifiers": [{"type": "district", "value": learner.number}],
        "name": {"given": learner.given, "family": learner.family},
    }


def readers(district: District) -> list[Learner]:
    """Who reads at the library in summer: somebody, and a twin where the district is large enough to have both."""
    present = [x for x in district.learners if not x.left and x.position not in NAMESAKES and x.grade < 6]
    births = Counter((x.household, x.birth_date) for x in present)
    alone = next(x for x in present if births[x.household, x.birth_date] == 1)
    return [alone, *[x for x in present if births[x.household, x.birth_date] > 1][:1]]


def sign_ups(district: District) -> list[Json]:
    """What the library sends of its readers, whose numbers it does not know: a name, and what their family told."""
    return [_reader(learner, f"reader-{n}") for n, learner in enumerate(readers(district), 1)]


def _reader(learner: Learner, key: str) -> Json:
    return {
        "id": key,
        "learner": {
            "identifiers": [{"type": "email", "value": learner.family_email}],
            "name": {"given": learner.given, "family": learner.family},
            "birthDate": learner.birth_date.isoformat(),
        },
        "name": "Summer reading",
        "narrative": "Read six books, and told others about one of them.",
        "occurredAt": "2026-08-14",
        "setting": "summer",
        "issuer": dict(LIBRARY),
    }


def badge_earners(district: District, count: int = 6) -> list[Learner]:
    """Some of those who come to the robotics club. Among them are twins, who share their family's e-mail address."""
    candidates = (x for x in district.learners if lms_accounts(x) and x.position not in NO_EMAIL and x.grade >= 6)
    return list(islice(candidates, count))


def badge_submissions(district: District) -> Iterator[Json]:
    """What the program submits: badges of 2.0 and 3.0 by turns, and one of somebody the district does not know.

    Whose a badge is, the program says by the district's number where it has it; every third it leaves to the badge's
    own recipient, an e-mail address.
    """
    for n, learner in enumerate(badge_earners(district)):
        by_number = n % 3 != 2
        badge = open_badge_3(learner) if n % 2 else open_badge_2(learner, hashed=by_number)
        item: Json = {"id": f"line-follower-{learner.number}", "setting": "after-school", "credential": badge}
        yield item | {"learner": _learner(learner)} if by_number else item
    visitor = {"identifiers": [{"type": "program", "value": "RC-7"}], "name": {"given": "Vera", "family": "Visitorson"}}
    stranger = open_badge_3(district.learner(0)) | {"id": "urn:uuid:00000000-0000-4000-8000-000000000007"}
    stranger["credentialSubject"] = {k: v for k, v in stranger["credentialSubject"].items() if k != "identifier"}
    yield {"id": "line-follower-visitor", "setting": "after-school", "credential": stranger, "learner": visitor}


def open_badge_2(learner: Learner, *, hashed: bool = True) -> Json:
    """An Open Badges 2.0 hosted assertion of the club's badge; the recipient is an e-mail address, hashed or not."""
    address, salt = learner.email or learner.family_email, "line-follower"
    recipient: Json = {"type": "email", "hashed": hashed, "identity": address}
    if hashed:
        digest = hashlib.sha256((address + salt).encode()).hexdigest()
        recipient |= {"salt": salt, "identity": f"sha256${digest}"}
    url = f"https://robotics.example/assertions/{learner.number}"
    issuer = PROGRAM | {"type": "Issuer", "email": "badges@robotics.example"}
    badge = ROBOTICS | {
        "type": "BadgeClass",
        "image": "https://robotics.example/badges/line-follower.png",
        "criteria": {"narrative": CRITERIA},
        "issuer": issuer,
        "alignment": [dict(alignment) for alignment in _ALIGNED],
    }
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": url,
        "recipient": recipient,
        "issuedOn": "2026-11-10T23:00:00Z",
        "badge": badge,
        "verification": {"type": "hosted"},
        "evidence": [{"id": f"{url}/work", "narrative": "Followed the line for three rounds at the fall exhibition."}],
    }


def open_badge_3(learner: Learner) -> Json:
    """The same badge as an Open Badges 3.0 credential without a proof, naming its learner by number and by e-mail."""
    subject: Json = {
        "type": ["AchievementSubject"],
        "identifier": [
            _identity("identifier", learner.number),
            _identity("emailAddress", learner.email or learner.family_email),
        ],
        "achievement": ROBOTICS
        | {
            "type": ["Achievement"],
            "achievementType": "Badge",
            "criteria": {"narrative": CRITERIA},
            "alignment": [alignment | {"type": ["Alignment"]} for alignment in _ALIGNED],
        },
    }
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:uuid:{_uuid(learner)}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": ROBOTICS["name"],
        "issuer": PROGRAM | {"type": ["Profile"]},
        "validFrom": "2026-11-10T23:00:00Z",
        "credentialSubject": subject,
        "evidence": [
            {
                "type": ["Evidence"],
                "name": "Fall exhibition",
                "narrative": f"{learner.given}'s robot followed the line for three rounds.",
            }
        ],
    }


def _identity(kind: str, value: str) -> Json:
    return {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}


def _uuid(learner: Learner) -> str:
    digits = hex_id("badge", learner.number)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
