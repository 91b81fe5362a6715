"""One xAPI statement becomes what it says of each learner it is about: a result, work, a competency granted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors import Map
from connectors.errors import MappingError
from connectors.fields import Fields
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

    def statement(f: Fields) -> Iterator[AnyRecord]:
        said = read(f, XapiStatement)
        if said.verb.id not in known:
            raise MappingError(
                f"verb.id: '{said.verb.id[:200]}' is no verb we know "
                "(say in the source's setting `verbs` what it means, then replay the quarantine)"
            )
        meaning = _meant(said, known[said.verb.id])
        if meaning == "voided":
            yield Gone(key=validated(Reference, said.object, "object").id, modified=said.timestamp, withdrawn=False)
        elif meaning != "nothing" and _kind(said) not in ("StatementRef", "SubStatement"):
            people = {one.key: one for one in (_person(learner, homes) for learner in _learners(said))}
            for n, person in enumerate(people.values()):
                key = said.id if len(people) == 1 else f"{said.id}|{n}"
                yield from _said(said, meaning, key, person)

    return statement


def _meant(said: XapiStatement, meaning: Meaning) -> Meaning:
    """What a verb means of this object: to achieve a badge is to be granted it; an answer counts if it is the whole."""
    if meaning in ("met", "measured", "shown") and _is_credential(said):
        return "conferred"
    if meaning == "answered":
        score = said.result.score if said.result else None
        inside = said.context is not None and "parent" in said.context.context_activities
        return "measured" if score is not None and score.is_told and not inside else "nothing"
    return meaning


def _is_credential(said: XapiStatement) -> bool:
    definition = said.object.get("definition")
    return isinstance(definition, dict) and definition.get("type") in CREDENTIAL


def _said(said: XapiStatement, meaning: Meaning, key: str, person: Person) -> Iterator[AnyRecord]:
    """What a statement says of one learner."""
    told = said.result
    measured = told is not None and (told.success is not None or (told.score is not None and told.score.is_told))
    if meaning in ("conferred", "taken back"):
        yield person  # first: a credential that stands first is one whose own bytes came
        yield from _granted(said, key, person.key, revoked=meaning == "taken back")
        return
    if measured or meaning in ("met", "not met", "exempt"):
        yield _result(said, meaning, key, person.key)
    elif meaning == "shown":
        yield _work(said, key, person.key)
    else:
        return
    yield person


def _learners(said: XapiStatement) -> Sequence[Agent]:
    """Whom it is about: the learner the TLA's extension names, or whom something is granted to, or the actor."""
    context = said.context
    if context and (named := context.extensions.get(LEARNER)):
        agent = validated(Agent, named, "context", "extensions", LEARNER)
    elif _kind(said) in ("Agent", "Group"):
        agent = validated(Agent, said.object, "object")
    else:
        agent = said.actor
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


def _result(said: XapiStatement, meaning: Meaning, key: str, person: str) -> Result:
    told, activity = said.result, _activity(said)
    success = told.success if told else None
    reached = meaning == "met" if meaning in ("met", "not met") else success
    if success not in (None, reached):
        raise MappingError(f"result.success is {success}, and the verb {said.verb.id} says the contrary: mend one")
    status: ScoreStatus = "exempt" if meaning == "exempt" else "fully graded"
    if told and told.completion is False and meaning == "shown":
        status = "partially graded"
    score = told.score if told and told.score and told.score.is_told else None
    values: dict[str, Any] = {}
    if score and score.raw is not None and (score.max is not None or score.scaled is None):
        values = {"score": score.raw, "minimum": score.min, "maximum": score.max}
        values |= {} if score.scaled is None else {"extensions": {"scaled": score.scaled}}
    elif score and score.scaled is not None:
        least = -1 if score.scaled < 0 else 0  # from -1 by the standard; who never goes below 0 counts from there
        values = {"score": score.scaled, "minimum": least, "maximum": 1, "unit": "scaled"}
    teacher = said.context.instructor if said.context else None
    return Result(
        key=key,
        person=person,
        title=_name(activity),
        status=status,
        passed=None if meaning == "exempt" else reached,
        narrative=told.response if told else None,
        assessor=_called(teacher) if teacher else None,
        issuer=_profile(said.authority),
        scored_at=said.timestamp or said.stored,
        alignments=_alignments(said, meaning),
        **values,
    )


def _work(said: XapiStatement, key: str, person: str) -> Evidence:
    activity = _activity(said)
    return Evidence(
        key=key,
        person=person,
        name=_name(activity),
        description=_text(activity.definition.description) if activity.definition else None,
        narrative=said.result.response if said.result else None,
        url=activity.id if activity.id.startswith(("https://", "http://")) else None,
        occurred_at=said.timestamp or said.stored,
        issuer=_profile(said.authority),
        alignments=_alignments(said, "shown"),
    )


def _granted(said: XapiStatement, key: str, person: str, *, revoked: bool) -> Iterator[AnyRecord]:
    """A competency or a badge an organization grants or takes back: one credential for each it names."""
    alignments = _alignments(said, "conferred")
    if _kind(said) == "Activity" and (_is_credential(said) or said.verb.id.startswith(BADGES)):
        yield from _awarded(said, _activity(said), key, person, revoked=revoked)
        return
    if not alignments:
        raise MappingError("it names no competency: give it as the object, or in context.contextActivities.grouping")
    expires = said.context.extensions.get(EXPIRES) if said.context else None
    end = Fields({"context.expires": expires}).moment("context.expires", None)
    issuer = _profile(said.actor if _kind(said) in ("Agent", "Group") else said.authority)
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
            issued_at=said.timestamp or said.stored,
            expires_at=end,
            revoked=revoked,
            verification_note=TOLD,
        )


def _awarded(said: XapiStatement, badge: Activity, key: str, person: str, *, revoked: bool) -> Iterator[AnyRecord]:
    """A badge or certificate that is the object itself, aligned with the competencies around it."""
    achievement, name = f"badge:{badge.id or key}", _name(badge) or badge.id or key
    yield Achievement(
        key=achievement,
        uri=badge.id or None,
        name=name,
        description=_text(badge.definition.description) if badge.definition else None,
        alignments=tuple(one for one in _alignments(said, "met") if one.url != badge.id),
    )
    yield Credential(
        key=f"{key}#0",
        person=person,
        achievement=achievement,
        name=name,
        issuer=_profile(said.authority),
        issued_at=said.timestamp or said.stored,
        revoked=revoked,
        verification_note=TOLD,
    )


def _alignments(said: XapiStatement, meaning: Meaning) -> tuple[Alignment, ...]:
    """The competencies it names: by type, by a CASE address, or as what was reached itself."""
    around = said.context.context_activities if said.context else {}
    found: list[Activity] = []
    for place, held in sorted(around.items()):
        named = held if isinstance(held, list) else [held]
        found += [one for one in named if _is_competency(one) or (meaning == "conferred" and place == "grouping")]
    if _kind(said) == "Activity":
        activity = _activity(said)
        of_competencies = said.verb.id.startswith(TLA) or said.verb.id == ADL + "mastered"
        itself = of_competencies and bool(activity.id) and not found and not _is_credential(said)
        if _is_competency(activity) or itself:
            found.insert(0, activity)
    names: dict[str, str | None] = {}
    for one in found:
        names[one.id] = names.get(one.id) or _name(one)
    return tuple(Alignment(url=url, name=name) for url, name in names.items())


def _is_competency(activity: Activity) -> bool:
    kind = activity.definition.type if activity.definition else None
    return bool(activity.id) and (kind in COMPETENCY or "/CFItems/" in activity.id)


def _kind(said: XapiStatement) -> str:
    kind = str(said.object.get("objectType", "Activity"))
    return "Activity" if kind == "GroupActivity" else kind  # what Open edX calls a problem of several questions


def _activity(said: XapiStatement) -> Activity:
    if _kind(said) != "Activity":
        raise MappingError(f"object.objectType: '{_kind(said)[:40]}' is nothing that {said.verb.id} can be said of")
    return validated(Activity, said.object, "object")


def _name(activity: Activity) -> str | None:
    return _text(activity.definition.name) if activity.definition else None


def _text(words: LanguageMap | None) -> str | None:
    """A text in English, or else in the first language it has."""
    if not words:
        return None
    english = [said for tag, said in words.items() if tag.split("-")[0].lower() == "en"]
    return [*english, *words.values()][0].strip() or None


def _called(agent: Agent) -> str:
    address = agent.mbox.removeprefix("mailto:") if agent.mbox else agent.openid
    nobody = "a group" if agent.object_type == "Group" else "somebody not named"
    return agent.name or (agent.account.name if agent.account else address) or nobody


def _profile(agent: Agent | None) -> Profile | None:
    return Profile(id=agent.account.home_page if agent.account else None, name=_called(agent)) if agent else None
