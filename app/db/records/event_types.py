"""The types of events there are, each with what it tells: the one list that documentation and webhooks have."""

EVENT_TYPES: dict[str, str] = {
    "learner.created": "A learner has a record now. `version` counts its changes.",
    "learner.updated": "A learner's record changed: read it again.",
    "learner.merged": "A learner was found to be another one: `into` is the id to use from now on.",
    "learner.removed": "A learner has no record any more: nobody tells of them.",
    "credential.issued": "A credential was issued to a learner.",
    "credential.changed": "An issued credential was suspended, made active again or revoked.",
    "plan.written": "A plan was made or edited.",
    "plan.signed": "A plan was signed.",
    "plan.ended": "A plan was ended.",
    "goal.opened": "A goal of a plan is open (again).",
    "goal.closed": "A goal of a plan was reached or given up.",
    "credit.awarded": "Credit was awarded by a rule.",
    "credit.withdrawn": "Awarded credit was withdrawn.",
    "submission.changed": "How a submission stands for its program: `standing` is what the program is told.",
    "level.set": "A teacher of record set a level for a learner.",
    "level.withdrawn": "A level that a teacher of record had set was taken back.",
    "submission.accepted": "What a program handed in was accepted.",
}
