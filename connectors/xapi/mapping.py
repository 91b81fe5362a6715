"""One xAPI statement becomes what it says of each learner it is about: a result, work, a competency granted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors import Map
from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.kit.strays import naming_strays
from connectors.learner import key_of
from connectors.pushed import read, validated
from connectors.xapi.model import Activity, Agent, LanguageMap, Reference, XapiStatement
from connectors.xapi.verbs import ADL, COMPETENCY, CREDENTIAL, EXPIRES, LEARNER, TLA, VERBS, Meaning
from schemas import (
    Achievement,
    Alignment,
    AnyRecord,
    Credential,
    Evidence,
    Gone,
    Identifier,
    Name,
    Person,
    Profile,
    Result,
    Role,
)
from schemas.codes import IdentifierType, ScoreStatus

BADGES = "http://specification.openbadges.org/xapi/verbs/"
TOLD = "told by an xAPI statement; no signed credential came with it"

Homes = Mapping[str, IdentifierType]


def statements(homes: Homes, verbs: Mapping[str, Meaning]) -> Map:
    """The mapping of a source whose accounts' home pages and own verbs mean this."""
    known = {**VERBS, **verbs}

    @naming_strays(XapiStatement)
    def records(f: Fields) -> Iterator[AnyRecord]:
        statement = read(f, XapiStatement)
        if statement.verb.id not in known:
            raise MappingError(
                f"verb.id: '{statement.verb.id[:200]}' is no verb we know "
                "(say in the source's setting `verbs` what it means, then replay the quarantine)"
            )
        meaning = _meant(statement, known[statement.verb.id])
        if meaning == "voided":
            yield Gone(
                key=validated(Reference, statement.object, "object").id, modified=statement.timestamp, withdrawn=False
            )
        elif meaning != "nothing" and _kind(statement) not in ("StatementRef", "SubStatement"):
            people = {person.key: person for person in (_person(learner, homes) for learner in _learners(statement))}
            for n, person in enumerate(people.values()):
                key = statement.id if len(people) == 1 else f"{statement.id}|{n}"
                yield from _records(statement, meaning, key, person)

    return records


def _meant(statement: XapiStatement, meaning: Meaning) -> Meaning:
    """What a verb means of this object: to achieve a badge is to be granted it; an answer counts if it is the whole."""
    if meaning in ("met", "measured", "shown") and _is_credential(statement):
        return "conferred"
    if meaning == "answered":
        score = statement.result.score if statement.result else None
        inside = statement.context is not None and "parent" in statement.context.context_activities
        return "measured" if score is not None and score.is_told and not inside else "nothing"
    return meaning


def _is_credential(statement: XapiStatement) -> bool:
    definition = statement.object.get("definition")
    return isinstance(definition, dict) and definition.get("type") in CREDENTIAL


def _records(statement: XapiStatement, meaning: Meaning, key: str, person: Person) -> Iterator[AnyRecord]:
    """What a statement says of one learner."""
    result = statement.result
    measured = result is not None and (
        result.success is not None or (result.score is not None and result.score.is_told)
    )
    if meaning in ("conferred", "taken back"):
        yield person  # first: a credential that stands first is one whose own bytes came
        yield from _granted(statement, key, person.key, revoked=meaning == "taken back")
        return
    if measured or meaning in ("met", "not met", "exempt"):
        yield _result(statement, meaning, key, person.key)
    elif meaning == "shown" and not (result and result.completion is False):
        yield _work(statement, key, person.key)
    else:
        return
    yield person


def _learners(statement: XapiStatement) -> Sequence[Agent]:
    """Whom it is about: the learner the TLA's extension names, or whom something is granted to, or the actor."""
    context = statement.context
    if context and (named := context.extensions.get(LEARNER)):
        agent = validated(Agent, named, "context", "extensions", LEARNER)
    elif _kind(statement) in ("Agent", "Group"):
        agent = validated(Agent, statement.object, "object")
    else:
        agent = statement.actor
    if agent.object_type == "Agent":
        return [agent]
    if not agent.member:
        raise MappingError("it is about a group without members: say in `member` which learners they are")
    return agent.member


def _person(agent: Agent, homes: Homes) -> Person:
    """An agent as this source knows them: one account or address is one person here, and links to no other source."""
    kind: IdentifierType = "account"
    issuer = None
    if agent.account:
        kind, value = homes.get(agent.account.home_page, "account"), agent.account.name
        issuer = agent.account.home_page if kind == "account" else None
    elif agent.mbox:
        kind, value = "email", agent.mbox.removeprefix("mailto:")
    elif agent.openid:
        kind, value, issuer = "other", agent.openid, "openid"
    elif agent.mbox_sha1sum:
        kind, value, issuer = "other", agent.mbox_sha1sum, "mbox_sha1sum"
    else:
        raise MappingError("a member of the group is a group again: name the learners")
    return Person(
        key=key_of(kind, value, issuer),
        identifiers=(Identifier(type=kind, value=value, issuer=issuer),),
        names=(Name(full=agent.name),) if agent.name else (),
        roles=(Role(role="student"),),
        email=value if kind == "email" else None,
    )


def _result(statement: XapiStatement, meaning: Meaning, key: str, person: str) -> Result:
    result, activity = statement.result, _activity(statement)
    success = result.success if result else None
    reached = meaning == "met" if meaning in ("met", "not met") else success
    if success not in (None, reached):
        raise MappingError(f"result.success is {success}, and the verb {statement.verb.id} says the contrary: mend one")
    status: ScoreStatus = "exempt" if meaning == "exempt" else "fully graded"
    if result and result.completion is False and meaning == "shown":
        status = "partially graded"
    score = result.score if result and result.score and result.score.is_told else None
    values: dict[str, Any] = {}
    if score and score.raw is not None and (score.max is not None or score.scaled is None):
        values = {"score": score.raw, "minimum": score.min, "maximum": score.max}
        values |= {} if score.scaled is None else {"extensions": {"scaled": score.scaled}}
    elif score and score.scaled is not None:
        # tools count from 0, though the standard has -1: what is below must never be worth more than what is above
        values = {"score": max(0.0, score.scaled), "minimum": 0, "maximum": 1, "unit": "scaled"}
        values |= {"extensions": {"scaled": score.scaled}} if score.scaled < 0 else {}
    teacher = statement.context.instructor if statement.context else None
    return Result(
        key=key,
        person=person,
        title=_name(activity),
        status=status,
        passed=None if meaning == "exempt" else reached,
        narrative=result.response if result else None,
        assessor=_called(teacher) if teacher else None,
        issuer=_profile(statement.authority),
        scored_at=statement.timestamp or statement.stored,
        alignments=_alignments(statement, meaning),
        **values,
    )


def _work(statement: XapiStatement, key: str, person: str) -> Evidence:
    activity = _activity(statement)
    return Evidence(
        key=key,
        person=person,
        name=_name(activity),
        description=_text(activity.definition.description) if activity.definition else None,
        narrative=statement.result.response if statement.result else None,
        url=activity.id if activity.id.startswith(("https://", "http://")) else None,
        occurred_at=statement.timestamp or statement.stored,
        issuer=_profile(statement.authority),
        alignments=_alignments(statement, "shown"),
    )


def _granted(statement: XapiStatement, key: str, person: str, *, revoked: bool) -> Iterator[AnyRecord]:
    """A competency or a badge an organization grants or takes back: one credential for each it names."""
    alignments = _alignments(statement, "conferred")
    if _kind(statement) == "Activity" and (_is_credential(statement) or statement.verb.id.startswith(BADGES)):
        yield from _awarded(statement, _activity(statement), key, person, revoked=revoked)
        return
    if not alignments:
        raise MappingError("it names no competency: give it as the object, or in context.contextActivities.grouping")
    expires = statement.context.extensions.get(EXPIRES) if statement.context else None
    end = Fields({"context.expires": expires}).moment("context.expires", None)
    issuer = _profile(statement.actor if _kind(statement) in ("Agent", "Group") else statement.authority)
    for n, alignment in enumerate(alignments):
        achievement = f"competency:{alignment.url}"
        name = alignment.name or alignment.url or key
        yield Achievement(key=achievement, uri=alignment.url, name=name, alignments=(alignment,))
        yield Credential(
            key=f"{key}#{n}",
            person=person,
            achievement=achievement,
            name=alignment.name,
            issuer=issuer,
            issued_at=statement.timestamp or statement.stored,
            expires_at=end,
            revoked=revoked,
            verification_note=TOLD,
        )


def _awarded(statement: XapiStatement, badge: Activity, key: str, person: str, *, revoked: bool) -> Iterator[AnyRecord]:
    """A badge or certificate that is the object itself, aligned with the competencies around it."""
    achievement, name = f"badge:{badge.id or key}", _name(badge) or badge.id or key
    yield Achievement(
        key=achievement,
        uri=badge.id or None,
        name=name,
        description=_text(badge.definition.description) if badge.definition else None,
        alignments=tuple(alignment for alignment in _alignments(statement, "met") if alignment.url != badge.id),
    )
    yield Credential(
        key=f"{key}#0",
        person=person,
        achievement=achievement,
        name=name,
        issuer=_profile(statement.authority),
        issued_at=statement.timestamp or statement.stored,
        revoked=revoked,
        verification_note=TOLD,
    )


def _alignments(statement: XapiStatement, meaning: Meaning) -> tuple[Alignment, ...]:
    """The competencies it names: by type, by a CASE address, or as what was reached itself."""
    around = statement.context.context_activities if statement.context else {}
    competencies: list[Activity] = []
    for place, activities in sorted(around.items()):
        named = activities if isinstance(activities, list) else [activities]
        competencies += [
            activity
            for activity in named
            if _is_competency(activity) or (meaning == "conferred" and place == "grouping")
        ]
    if _kind(statement) == "Activity":
        activity = _activity(statement)
        of_competencies = statement.verb.id.startswith(TLA) or statement.verb.id == ADL + "mastered"
        itself = of_competencies and bool(activity.id) and not competencies and not _is_credential(statement)
        if _is_competency(activity) or itself:
            competencies.insert(0, activity)
    names: dict[str, str | None] = {}
    for competency in competencies:
        names[competency.id] = names.get(competency.id) or _name(competency)
    return tuple(Alignment(url=url, name=name) for url, name in names.items())


def _is_competency(activity: Activity) -> bool:
    kind = activity.definition.type if activity.definition else None
    return bool(activity.id) and (kind in COMPETENCY or "/CFItems/" in activity.id)


def _kind(statement: XapiStatement) -> str:
    kind = str(statement.object.get("objectType", "Activity"))
    return "Activity" if kind == "GroupActivity" else kind  # what Open edX calls a problem of several questions


def _activity(statement: XapiStatement) -> Activity:
    if _kind(statement) != "Activity":
        raise MappingError(
            f"object.objectType: '{_kind(statement)[:40]}' is nothing that {statement.verb.id} can be said of"
        )
    return validated(Activity, statement.object, "object")


def _name(activity: Activity) -> str | None:
    return _text(activity.definition.name) if activity.definition else None


def _text(words: LanguageMap | None) -> str | None:
    """A text in English, or else in the first language it has."""
    if not words:
        return None
    english = [text for tag, text in words.items() if tag.split("-")[0].lower() == "en"]
    return [*english, *words.values()][0].strip() or None


def _called(agent: Agent) -> str:
    address = agent.mbox.removeprefix("mailto:") if agent.mbox else agent.openid
    nobody = "a group" if agent.object_type == "Group" else "somebody not named"
    return agent.name or (agent.account.name if agent.account else address) or nobody


def _profile(agent: Agent | None) -> Profile | None:
    return Profile(id=agent.account.home_page if agent.account else None, name=_called(agent)) if agent else None
