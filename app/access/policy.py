"""Who may do what. Data only: roles, permissions, grants, and the actor who asks. Knows no database, no web, no clock."""

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Side(StrEnum):
    PARTNER = "partner"
    VENDOR = "vendor"


class Role(StrEnum):
    LEARNER = "learner"
    COMPLIANCE_CONTACT = "compliance_contact"
    EXECUTIVE = "executive"
    FINANCE_VIEWER = "finance_viewer"
    ACCOUNT_REPRESENTATIVE = "account_representative"
    COMPLIANCE_ANALYST = "compliance_analyst"
    COMPLIANCE_APPROVER = "compliance_approver"
    FINANCE_ANALYST = "finance_analyst"
    FINANCE_APPROVER = "finance_approver"
    APPEALS_REVIEWER = "appeals_reviewer"
    CONTENT_AUTHOR = "content_author"
    CONTENT_APPROVER = "content_approver"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def side(self) -> Side:
        return Side.PARTNER if self in PARTNER_ROLES else Side.VENDOR


PARTNER_ROLES = frozenset({Role.LEARNER, Role.COMPLIANCE_CONTACT, Role.EXECUTIVE, Role.FINANCE_VIEWER})


class Permission(StrEnum):
    """`resource:action`. A view, a command and an API call for the same act ask for the same permission."""

    SIGNED_IN = "account:use"

    TASKS_READ = "tasks:read"
    LEARNING_TAKE = "learning:take"
    TRAINING_RECORD_READ_OWN = "training-record:read-own"
    MATERIAL_READ = "material:read"

    CASE_READ = "case:read"
    CASE_OPEN = "case:open"
    CASE_ADVANCE = "case:advance"
    CASE_NOTE = "case:note"
    NOTICE_ACKNOWLEDGE = "notice:acknowledge"
    ROSTER_READ = "roster:read"
    ROSTER_KEEP = "roster:keep"
    EVIDENCE_SUBMIT = "evidence:submit"
    EVIDENCE_REVIEW = "evidence:review"
    ATTESTATION_SIGN = "attestation:sign"
    SESSION_HOLD = "engagement-session:hold"
    SESSION_CONFIRM = "engagement-session:confirm"
    INFRACTION_READ = "infraction:read"
    INFRACTION_RECORD = "infraction:record"
    INFRACTION_SUBSTANTIATE = "infraction:substantiate"
    NOTICE_PROPOSE = "notice:propose"
    PLAN_PROPOSE = "plan:propose"
    DETERMINATION_PROPOSE = "determination:propose"
    HOLD_PROPOSE = "hold:propose"
    REFERRAL_PROPOSE = "referral:propose"
    WAIVER_ASK = "waiver:ask"
    EXTENSION_ASK = "extension:ask"
    APPEAL_FILE = "appeal:file"
    APPEAL_DECIDE = "appeal:decide"
    COMPLIANCE_DECIDE = "compliance-decision:decide"
    DECISION_READ = "decision:read"

    PARTNER_READ = "partner:read"
    PARTNER_KEEP = "partner:keep"
    ASSIGNMENT_READ = "assignment:read"
    ASSIGNMENT_MAKE = "assignment:make"
    MATERIAL_GRANT = "material:grant"
    MATERIAL_REQUEST = "material:request"
    EXTENSION_DECIDE = "extension:decide"
    EXTRA_TIME_GRANT = "extra-time:grant"
    COMPLETION_CONFIRM = "completion:confirm"
    RECORD_CORRECT = "training-record:correct"
    EQUIVALENT_PROPOSE = "equivalent-training:propose"
    TRAINING_READ = "training:read"
    TEAM_TRAINING_READ = "team-training:read"
    TRAINING_REMIND = "training:remind"
    QUESTION_ANALYSIS_READ = "question-analysis:read"

    COURSE_READ = "course:read"
    COURSE_PROPOSE = "course:propose"
    COURSE_PUBLISH = "course:publish"

    MONEY_READ_OWN = "money:read-own"
    MONEY_READ = "money:read"
    EARNINGS_IMPORT = "earnings:import"
    RELEASE_PROPOSE = "release:propose"
    FINANCE_DECIDE = "finance-decision:decide"
    RELEASE_EXPORT = "release:export"
    PAYMENT_ACKNOWLEDGE = "payment:acknowledge"

    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_REVOKE = "certificate:revoke"
    CERTIFICATE_CORRECT = "certificate:correct"
    CERTIFICATE_BUNDLE = "certificate:bundle"
    CERTIFICATE_RETRY = "certificate:retry"

    AUDIT_READ = "audit:read"
    PEOPLE_READ = "people:read"
    PEOPLE_KEEP = "people:keep"


P = Permission

_EVERY_PARTNER_PERSON = frozenset(
    {P.SIGNED_IN, P.TASKS_READ, P.LEARNING_TAKE, P.TRAINING_RECORD_READ_OWN, P.MATERIAL_READ, P.MATERIAL_REQUEST}
)
_EVERY_VENDOR_PERSON = frozenset({P.SIGNED_IN, P.TASKS_READ, P.MATERIAL_READ})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.LEARNER: _EVERY_PARTNER_PERSON,
    Role.COMPLIANCE_CONTACT: _EVERY_PARTNER_PERSON
    | {
        P.CASE_READ,
        P.NOTICE_ACKNOWLEDGE,
        P.ROSTER_READ,
        P.ROSTER_KEEP,
        P.TEAM_TRAINING_READ,
        P.TRAINING_REMIND,
        P.EVIDENCE_SUBMIT,
        P.SESSION_CONFIRM,
        P.EXTENSION_ASK,
        P.APPEAL_FILE,
        P.MONEY_READ_OWN,
        P.CERTIFICATE_READ,
        P.CERTIFICATE_BUNDLE,
    },
    Role.EXECUTIVE: _EVERY_PARTNER_PERSON
    | {P.CASE_READ, P.ATTESTATION_SIGN, P.ROSTER_READ, P.MONEY_READ_OWN, P.CERTIFICATE_READ},
    Role.FINANCE_VIEWER: _EVERY_PARTNER_PERSON | {P.MONEY_READ_OWN, P.CERTIFICATE_READ},
    Role.ACCOUNT_REPRESENTATIVE: _EVERY_VENDOR_PERSON
    | {
        P.PARTNER_READ,
        P.ROSTER_READ,
        P.CASE_READ,
        P.ASSIGNMENT_READ,
        P.TEAM_TRAINING_READ,
        P.TRAINING_REMIND,
        P.ASSIGNMENT_MAKE,
        P.EXTENSION_DECIDE,
        P.EXTRA_TIME_GRANT,
        P.MATERIAL_GRANT,
        P.COURSE_READ,
        P.SESSION_HOLD,
        P.CERTIFICATE_READ,
        P.CERTIFICATE_BUNDLE,
    },
    Role.COMPLIANCE_ANALYST: _EVERY_VENDOR_PERSON
    | {
        P.PARTNER_READ,
        P.ROSTER_READ,
        P.CASE_READ,
        P.CASE_OPEN,
        P.CASE_ADVANCE,
        P.CASE_NOTE,
        P.EVIDENCE_REVIEW,
        P.SESSION_HOLD,
        P.INFRACTION_READ,
        P.INFRACTION_RECORD,
        P.INFRACTION_SUBSTANTIATE,
        P.NOTICE_PROPOSE,
        P.PLAN_PROPOSE,
        P.DETERMINATION_PROPOSE,
        P.HOLD_PROPOSE,
        P.REFERRAL_PROPOSE,
        P.WAIVER_ASK,
        P.DECISION_READ,
        P.ASSIGNMENT_READ,
        P.TEAM_TRAINING_READ,
        P.TRAINING_REMIND,
        P.EXTENSION_DECIDE,
        P.EXTRA_TIME_GRANT,
        P.COMPLETION_CONFIRM,
        P.RECORD_CORRECT,
        P.EQUIVALENT_PROPOSE,
        P.TRAINING_READ,
        P.COURSE_READ,
        P.MONEY_READ,
        P.CERTIFICATE_READ,
        P.CERTIFICATE_REVOKE,
        P.CERTIFICATE_CORRECT,
        P.CERTIFICATE_BUNDLE,
        P.CERTIFICATE_RETRY,
    },
    Role.COMPLIANCE_APPROVER: _EVERY_VENDOR_PERSON
    | {
        P.PARTNER_READ,
        P.ROSTER_READ,
        P.CASE_READ,
        P.CASE_NOTE,
        P.EVIDENCE_REVIEW,
        P.INFRACTION_READ,
        P.INFRACTION_SUBSTANTIATE,
        P.COMPLIANCE_DECIDE,
        P.DECISION_READ,
        P.ASSIGNMENT_READ,
        P.TEAM_TRAINING_READ,
        P.EXTENSION_DECIDE,
        P.COMPLETION_CONFIRM,
        P.TRAINING_READ,
        P.COURSE_READ,
        P.MONEY_READ,
        P.CERTIFICATE_READ,
        P.CERTIFICATE_BUNDLE,
        P.CERTIFICATE_RETRY,
    },
    Role.FINANCE_ANALYST: _EVERY_VENDOR_PERSON
    | {
        P.PARTNER_READ,
        P.MONEY_READ,
        P.EARNINGS_IMPORT,
        P.RELEASE_PROPOSE,
        P.RELEASE_EXPORT,
        P.PAYMENT_ACKNOWLEDGE,
        P.DECISION_READ,
        P.CERTIFICATE_READ,
    },
    Role.FINANCE_APPROVER: _EVERY_VENDOR_PERSON
    | {P.PARTNER_READ, P.MONEY_READ, P.FINANCE_DECIDE, P.DECISION_READ, P.CERTIFICATE_READ},
    Role.APPEALS_REVIEWER: _EVERY_VENDOR_PERSON
    | {P.PARTNER_READ, P.CASE_READ, P.APPEAL_DECIDE, P.DECISION_READ, P.INFRACTION_READ},
    Role.CONTENT_AUTHOR: _EVERY_VENDOR_PERSON
    | {P.COURSE_READ, P.COURSE_PROPOSE, P.QUESTION_ANALYSIS_READ, P.DECISION_READ},
    Role.CONTENT_APPROVER: _EVERY_VENDOR_PERSON
    | {P.COURSE_READ, P.COURSE_PUBLISH, P.QUESTION_ANALYSIS_READ, P.DECISION_READ},
    Role.AUDITOR: _EVERY_VENDOR_PERSON
    | {
        P.PARTNER_READ,
        P.ROSTER_READ,
        P.CASE_READ,
        P.INFRACTION_READ,
        P.DECISION_READ,
        P.ASSIGNMENT_READ,
        P.TEAM_TRAINING_READ,
        P.TRAINING_READ,
        P.COURSE_READ,
        P.QUESTION_ANALYSIS_READ,
        P.MONEY_READ,
        P.CERTIFICATE_READ,
        P.AUDIT_READ,
    },
    Role.ADMINISTRATOR: _EVERY_VENDOR_PERSON
    | {P.PARTNER_READ, P.PARTNER_KEEP, P.PEOPLE_READ, P.PEOPLE_KEEP, P.AUDIT_READ, P.COURSE_READ},
}


def holders(permission: Permission) -> tuple[Role, ...]:
    """The roles that hold a permission, in the order of their declaration."""
    return tuple(role for role in Role if permission in GRANTS[role])


def sides(permission: Permission) -> frozenset[Side]:
    return frozenset(role.side for role in holders(permission))


_GRANTED: dict[frozenset[Role], frozenset[Permission]] = {}


def granted(roles: frozenset[Role]) -> frozenset[Permission]:
    """All permissions of a set of roles; remembered, as few sets exist."""
    if roles not in _GRANTED:
        _GRANTED[roles] = frozenset().union(*(GRANTS[role] for role in roles)) if roles else frozenset()
    return _GRANTED[roles]


@dataclass(frozen=True)
class Actor:
    """Who asks, through which door. `person_id` is None only for the portal itself (work that follows from a rule)."""

    person_id: int | None
    name: str
    email: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    partner_id: int | None = None
    organization: str = ""
    via: str = "web"
    request_id: str = ""
    session_id: str = ""
    theme: str = "system"
    time_zone: str = "UTC"

    @property
    def side(self) -> Side:
        return Side.PARTNER if self.partner_id is not None else Side.VENDOR

    @property
    def role_label(self) -> str:
        return ", ".join(role.label for role in Role if role in self.roles)

    def may(self, permission: Permission) -> bool:
        return permission in granted(self.roles)

    def through(self, via: str, request_id: str = "") -> "Actor":
        return replace(self, via=via, request_id=request_id)


PORTAL = Actor(person_id=None, name="Good Standing", via="rule")
