"""The audit trail in words: for every action what was done, and what was tried when it was refused."""

from dataclasses import dataclass

from app.audit.models import AuditEvent
from app.decisions.rules import KINDS, DecisionKind


@dataclass(frozen=True)
class Action:
    """`done` follows a name: “Sam Lee *recorded an infraction*”; `tried` follows “tried to”."""

    done: str
    tried: str


def _act(done: str, tried: str) -> Action:
    return Action(done, tried)


# By noun, each in the order of its life. A test compares this table with what the services record.
GROUPS: dict[str, dict[str, Action]] = {
    "Sign-in and accounts": {
        "session.opened": _act("signed in", "sign in"),
        "session.ended": _act("signed out", "sign out"),
        "sign-in.failed": _act("entered a password", "sign in"),
        "access.refused": _act("opened a page", "open a page that is not for their role"),
        "invitation.sent": _act("invited a person", "invite a person"),
        "invitation.accepted": _act("accepted an invitation and set a password", "accept an invitation"),
        "person.created": _act("made an account", "make an account"),
        "person.language-chosen": _act("chose a language to learn in", "choose a language to learn in"),
        "person.deactivated": _act("closed an account", "close an account"),
        "role.granted": _act("gave a role", "give a role"),
        "role.ended": _act("took a role away", "take a role away"),
    },
    "Partners": {
        "partner.created": _act("added a partner", "add a partner"),
        "partner.renamed": _act("corrected a partner’s legal name", "correct a partner’s legal name"),
        "location.created": _act("added a location", "add a location"),
        "program.created": _act("added a program", "add a program"),
        "authorization.changed": _act("changed a partner’s standing", "change a partner’s standing"),
        "representation.started": _act("made somebody a representative", "make somebody a representative"),
        "representation.ended": _act("ended a representation", "end a representation"),
        "covered-person.added": _act("put a person on the roster", "put a person on the roster"),
        "covered-person.put-on-leave": _act("noted a leave", "note a leave"),
        "covered-person.returned": _act("noted a return from leave", "note a return from leave"),
        "covered-person.left": _act("took a person off the roster", "take a person off the roster"),
    },
    "Decisions": {
        "decision.proposed": _act("proposed a decision", "propose a decision"),
        "decision.decided": _act("decided", "decide"),
        "decision.approved": _act("approved a decision", "approve a decision"),
        "decision.rejected": _act("rejected a decision", "reject a decision"),
        "decision.withdrawn": _act("took a proposal back", "take a proposal back"),
        "signature.made": _act("signed", "sign"),
        "appeal.decided": _act("decided an appeal", "decide an appeal"),
    },
    "Infractions": {
        "infraction.recorded": _act("recorded an infraction", "record an infraction"),
        "infraction.substantiated": _act("substantiated an infraction", "substantiate an infraction"),
        "infraction.dismissed": _act("dismissed an infraction", "dismiss an infraction"),
        "infraction.joined": _act("joined an infraction to a case", "join an infraction to a case"),
    },
    "Cases": {
        "case.opened": _act("opened a remediation case", "open a remediation case"),
        "case.moved": _act("moved a case on", "move a case on"),
        "note.written": _act("wrote an internal note", "write an internal note"),
        "mark.set": _act("marked a case", "mark a case"),
        "mark.lifted": _act("lifted a mark", "lift a mark"),
        "steps.returned": _act("returned steps", "return steps"),
        "notice.proposed": _act("proposed a notice", "propose a notice"),
        "notice.served": _act("had a notice served", "serve a notice"),
        "notice.rejected": _act("rejected a notice", "reject a notice"),
        "notice.withdrawn": _act("took a notice back", "take a notice back"),
        "notice.acknowledged": _act("acknowledged a notice", "acknowledge a notice"),
        "plan.proposed": _act("proposed a plan", "propose a plan"),
        "plan.accepted": _act("accepted a plan", "accept a plan"),
        "plan.rejected": _act("rejected a plan", "reject a plan"),
        "plan.withdrawn": _act("took a plan back", "take a plan back"),
        "step.moved": _act("moved a step on", "move a step on"),
        "evidence.drafted": _act("saved a draft", "save a draft"),
        "evidence.submitted": _act("sent evidence", "send evidence"),
        "evidence.reviewed": _act("reviewed evidence", "review evidence"),
        "evidence.accepted": _act("accepted evidence", "accept evidence"),
        "evidence.returned": _act("returned evidence", "return evidence"),
        "engagement-session.planned": _act("planned a meeting", "plan a meeting"),
        "engagement-session.cancelled": _act("cancelled a meeting", "cancel a meeting"),
        "engagement-session.held": _act("wrote the minutes of a meeting", "write the minutes of a meeting"),
        "engagement-session.objected": _act("objected to minutes", "object to minutes"),
        "engagement-session.confirmed": _act("confirmed minutes", "confirm minutes"),
        "manifest.frozen": _act("froze the evidence", "freeze the evidence"),
        "attestation.signed": _act("signed the completion attestation", "sign the completion attestation"),
        "determination.proposed": _act("proposed a determination", "propose a determination"),
        "determination.made": _act("made a determination", "make a determination"),
        "determination.rejected": _act("rejected a determination", "reject a determination"),
        "determination.withdrawn": _act("took a determination back", "take a determination back"),
        "determination-review.opened": _act("began a review of a determination", "review a determination"),
        "determination-review.concluded": _act("concluded a review", "conclude a review"),
        "referral.proposed": _act("proposed a referral", "propose a referral"),
        "referral.approved": _act("approved a referral", "approve a referral"),
        "referral.rejected": _act("rejected a referral", "reject a referral"),
        "referral.withdrawn": _act("took a referral back", "take a referral back"),
    },
    "Certificates": {
        "certificate.issued": _act("issued a certificate", "issue a certificate"),
        "certificate.refused": _act("could not make a certificate", "make a certificate"),
        "certificate-refusal.settled": _act(
            "settled what kept a certificate from being made", "settle what keeps a certificate from being made"
        ),
        "certificate-bundle.requested": _act("asked for many certificates in one file", "ask for many certificates"),
        "certificate-bundle.finished": _act("packed certificates into one file", "pack certificates into one file"),
        "certificate-bundle.given-up": _act("gave up packing certificates", "give up packing certificates"),
        "certificate.superseded": _act("replaced a certificate", "replace a certificate"),
        "signing_key.distrusted": _act("declared a signing key compromised", "declare a signing key compromised"),
        "certificate.revoked": _act("revoked a certificate", "revoke a certificate"),
    },
    "Money": {
        "earnings-file.received": _act("uploaded an earnings file", "upload an earnings file"),
        "earnings.imported": _act("imported earnings", "import earnings"),
        "earnings.refused": _act("had an earnings file refused", "import earnings"),
        "hold.proposed": _act("proposed a hold", "propose a hold"),
        "hold.activated": _act("put a hold in force", "put a hold in force"),
        "hold.rejected": _act("rejected a hold", "reject a hold"),
        "hold.decided": _act("decided about a hold", "bring a hold about without a decision"),
        "release-order.decided": _act("decided about a release order", "release money without a decision"),
        "release-order.proposed": _act("proposed a release order", "propose a release order"),
        "release-order.approved": _act("approved a release order", "approve a release order"),
        "release-order.rejected": _act("rejected a release order", "reject a release order"),
        "release-order.withdrawn": _act("took a release order back", "take a release order back"),
        "release-order.exported": _act("exported a release order for payment", "export a release order"),
        "payments.acknowledged": _act("noted what became of payments", "note what became of payments"),
    },
    "Courses and materials": {
        "course-version.proposed": _act("proposed a course version", "propose a course version"),
        "course-version.published": _act("published a course version", "publish a course version"),
        "course-version.rejected": _act("rejected a course version", "reject a course version"),
        "course-version.retrained": _act(
            "asked everybody who passed an older version", "ask everybody who passed an older version"
        ),
        "course-change.asked": _act(
            "asked somebody to read what changed in a course", "ask somebody to read what changed in a course"
        ),
        "course-change.acknowledged": _act(
            "confirmed having read what changed in a course", "confirm having read what changed in a course"
        ),
        "regrade.proposed": _act("proposed to mark a question again", "propose to mark a question again"),
        "regrade.applied": _act("had a question marked again", "have a question marked again"),
        "regrade.rejected": _act("rejected a regrade", "reject a regrade"),
        "material.published": _act("published a readiness material", "publish a readiness material"),
        "material.requested": _act("asked for a material", "ask for a material"),
        "material-request.granted": _act("answered a request for a material: yes", "answer a request for a material"),
        "material-request.refused": _act("answered a request for a material: no", "refuse a request for a material"),
        "material.granted": _act("gave a partner access to a material", "give access to a material"),
        "material.acknowledged": _act("confirmed having read a material", "confirm having read a material"),
    },
    "Training": {
        "assignment.made": _act("assigned a course", "assign a course"),
        "reminder.sent": _act("reminded people of their training", "remind people of their training"),
        "assignment-batch.made": _act("assigned courses to several people", "assign courses to several people"),
        "assignment-batch.undone": _act("took a batch of assignments back", "take a batch of assignments back"),
        "assignment-file.received": _act("uploaded a file of assignments", "upload a file of assignments"),
        "assignment-file.assigned": _act("assigned what a file says", "assign what a file says"),
        "assignment-file.refused": _act("turned a file of assignments away", "turn a file of assignments away"),
        "assignment.cancelled": _act("cancelled an assignment", "cancel an assignment"),
        "assignment.satisfied": _act("satisfied an assignment", "satisfy an assignment"),
        "registration.started": _act("started a course", "start a course"),
        "registration.granted": _act("allowed a new start", "allow a new start"),
        "registration.language-changed": _act(
            "went on with a course in another language", "go on with a course in another language"
        ),
        "registration.failed": _act("used up all attempts", "use up all attempts"),
        "unit.viewed": _act("opened a lesson for the first time", "open a lesson"),
        "unit.completed": _act("completed a lesson", "complete a lesson"),
        "attempt.started": _act("started a quiz", "start a quiz"),
        "answer.saved": _act("saved an answer", "save an answer"),
        "attempt.submitted": _act("handed in a quiz", "hand in a quiz"),
        "attempt.regraded": _act("marked a quiz again", "mark a quiz again"),
        "registration.reopened": _act("opened a course again", "open a course again"),
        "registration.abandoned": _act("ended a cycle of a course", "end a cycle of a course"),
        "attempt.extended": _act("gave a running quiz more time", "give a running quiz more time"),
        "extra-time.asked": _act("asked for more time in a quiz", "ask for more time in a quiz"),
        "extra-time.granted": _act("gave a person more time in quizzes", "give a person more time in quizzes"),
        "extra-time.ended": _act("ended a person's extra time", "end a person's extra time"),
        "training-record.made": _act("earned a training record", "earn a training record"),
        "training-record.confirmed": _act("confirmed a completion", "confirm a completion"),
        "training-record.returned": _act("returned a completion", "return a completion"),
        "extension.asked": _act("asked for more time", "ask for more time"),
        "record-correction.proposed": _act(
            "proposed to correct a training record", "propose to correct a training record"
        ),
        "record-correction.rejected": _act("rejected a correction of a training record", "reject a correction"),
        "training-record.corrected": _act("corrected a training record", "correct a training record"),
        "equivalent-training.proposed": _act("proposed outside training as equivalent", "propose outside training"),
        "equivalent-training.accepted": _act("accepted outside training as equivalent", "accept outside training"),
        "equivalent-training.rejected": _act("rejected outside training", "reject outside training"),
        "extension.decided": _act("decided about an extension", "decide about an extension"),
        "extension.granted": _act("gave more time", "give more time"),
        "extension.refused": _act("refused more time", "refuse more time"),
        "training-waiver.asked": _act("asked to waive a course for somebody", "ask to waive a course for somebody"),
        "training-waiver.accepted": _act("had a course waived for somebody", "have a course waived for somebody"),
        "training-waiver.rejected": _act("rejected a waiver", "reject a waiver"),
    },
}

ACTIONS: dict[str, Action] = {name: action for group in GROUPS.values() for name, action in group.items()}

DOORS: dict[str, str] = {
    "web": "page",
    "api": "API",
    "cli": "command",
    "rule": "rule of the portal",
}


# Where the event says what kind of thing was decided, its line does too.
_PROPOSALS = {
    "decision.proposed": ("put {} to a second person", "put {} to a second person"),
    "decision.decided": ("decided about {}", "decide about {}"),
    "decision.approved": ("approved {}, as the second person", "approve {}"),
    "decision.rejected": ("rejected {}, as the second person", "reject {}"),
    "decision.withdrawn": ("took the proposal of {} back", "take the proposal of {} back"),
}


def _about_a_proposal(event: AuditEvent) -> Action | None:
    kind = (event.details or {}).get("kind")
    if event.action not in _PROPOSALS or kind not in set(DecisionKind):
        return None
    title = KINDS[DecisionKind(kind)].title.lower()
    thing = f"{'an' if title[0] in 'aeiou' else 'a'} {title}"
    done, tried = _PROPOSALS[event.action]
    return Action(done.format(thing), tried.format(thing))


def sentence(event: AuditEvent) -> str:
    """What happened, to stand after the name of who did it: “approved a decision”, “tried to approve …, and was refused”."""
    words = _about_a_proposal(event) or ACTIONS.get(event.action)
    if words is None:
        plain = event.action.replace(".", " ").replace("-", " ")
        words = Action(f"did: {plain}", f"do: {plain}")
    return words.done if event.outcome == "done" else f"tried to {words.tried}, and was refused"
