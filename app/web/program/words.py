"""Words that the domain of programs has for states, steps, columns and complaints, marked for the catalogs."""

from app.programs.submission import Stage
from app.web.kit.words import later

STATES = {
    "draft": later("draft"),
    "pending": later("waits"),
    "in review": later("is looked at"),
    "needs work": later("asked back to the program"),
    "accepted": later("in the learner's record"),
    "rejected": later("not taken in"),
    "withdrawn": later("withdrawn"),
}
STEPS = {
    "submit": later("Handed in"),
    "claim": later("Taken to look at"),
    "release": later("Given back"),
    "review": later("Reviewed"),
    "ask": later("Asked back"),
    "resubmit": later("Handed in again"),
    "accept": later("Accepted"),
    "reject": later("Not taken in"),
    "appeal": later("Asked for another look"),
    "withdraw": later("Withdrawn"),
    "retract": later("Taken back"),
    "end consent": later("Consent taken back"),
    "revoke badge": later("Badge revoked"),
    "whose": later("Said whose it is"),
}
NEWS = {
    "in the record": later("is in the record now"),
    "asked back": later("was asked back"),
    "not taken in": later("was not taken in"),
    "taken back": later("was taken out of the record again"),
    "badge revoked": later("is in the record, and its badge was revoked"),
}
VERDICTS = {
    "accept": later("accept"),
    "needs work": later("needs more work"),
    "reject": later("do not take it in"),
    "valid": later("valid"),
    "unconfirmed": later("could not be confirmed"),
}
COLUMNS = (
    *(later("First name"), later("Last name"), later("Activity"), later("Date"), later("Place"), later("Badge")),
    *(
        later("Reflection"),
        later("Guardian's contact"),
        later("Consent"),
        later("Completed"),
        later("State id"),
        later("Member number"),
    ),
    *(later("User name"), later("E-mail"), later("Own id")),
)
COMPLAINTS = (
    later("(withdrawn)"),
    later("A parent or guardian no longer agrees that this is kept: it was deleted."),
    later("say whose it is: a name, or a number the learner is known by"),
    later("a name alone is not enough: add a birth date, a grade, a school or a member number"),
    later("say what was done, in a few words"),
    later("the list says that this is not done: it is not handed in"),
    later("an address begins with https:// or http://"),
    later("the program has no such achievement"),
    later("say what is to be mended"),
    later("four to eight digits"),
    later("a day to come, within a year"),
    later("It is by somebody of your name"),
    later("It is by a child whose guardian has your name"),
    later("You handed it in"),
    later("It is your own"),
    later(
        "This was withdrawn. The program's coordinator can hand it in again from its page (PUT /v1/submissions/{id})."
    ),
    later("The district took this out of the record. Hand it in under another title, or ask the district."),
    later(
        "A parent or guardian has to agree before anything is kept of a child under 13, or of whose birth date is not "
        "told."
    ),
    later("a parent or guardian"),
    later(
        "Somebody of that name has handed in the same, from another grade or school: give the birth date, so that the "
        "two can be told apart."
    ),
    later("This is no picture that can be read: choose a photo or drawing (JPEG, PNG, WebP), of 7 MB at most."),
    later("there is no such rule of credit"),
    later("It is by a child you care for"),
    later("It is by somebody who has the same guardian as you"),
)
"""What the domain complains of most, as it says it."""

STAGES: dict[Stage, str] = {
    "passion": later("Passion"),
    "pitch": later("Pitch"),
    "plan": later("Plan"),
    "project": later("Project"),
    "product": later("Product"),
    "presentation": later("Presentation"),
}
"""The stages of a passion project, in words."""
