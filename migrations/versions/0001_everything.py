"""Everything that the portal keeps: people, partners, courses, learning, cases, money, decisions, the audit chain."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Tables whose rows the database itself never lets change or go; with columns, only those columns are frozen.
FROZEN: dict[str, tuple[str, ...]] = {
    "acknowledgement": (),
    "acknowledgement_batch": (),
    "answer": ("attempt_id", "question_id"),
    "assignment": (
        "person_id",
        "partner_id",
        "course_id",
        "origin",
        "case_step_id",
        "batch_id",
        "assigned_by_id",
        "assigned_at",
        "original_due_on",
    ),
    "assignment_batch": ("kind", "title", "wording", "source_name", "source_digest", "plan", "made_by_id", "made_at"),
    "assignment_extension": ("assignment_id", "partner_id", "asked_by_id", "asked_at", "asked_until", "reason"),
    "assignment_file": ("name", "content", "sha256", "lines", "uploaded_by_id", "uploaded_at"),
    "assignment_left_out": (),
    "attempt": ("registration_id", "person_id", "number", "seed", "paper", "started_at"),
    "audit_event": (),
    "case_deadline": ("case_id", "kind", "original_due_on", "set_at"),
    "case_flag": ("case_id", "mark", "reason", "set_by_id", "set_at"),
    "case_infraction": (),
    "case_note": (),
    "case_transition": (),
    "certificate": (
        "number",
        "kind",
        "partner_id",
        "person_id",
        "case_id",
        "determination_id",
        "registration_id",
        "training_record_id",
        "snapshot",
        "snapshot_digest",
        "pdf",
        "pdf_digest",
        "signing_key",
        "credential",
        "status_list",
        "status_index",
        "timestamped_at",
        "issued_by_id",
        "issued_at",
        "expires_on",
        "expires_at",
    ),
    "certificate_bundle": (
        "title",
        "partner_id",
        "course_id",
        "issued_from",
        "issued_until",
        "requested_by_id",
        "requested_at",
        "total",
    ),
    "certificate_bundle_item": (),
    "completion_attestation": (),
    "course_media": (),
    "course_translation": (),
    "course_unit": (),
    "course_unit_text": (),
    "course_version": (
        "course_id",
        "version",
        "language",
        "content_hash",
        "package",
        "title",
        "description",
        "overview_html",
        "minutes",
        "objectives",
        "assessment",
        "attestation_statements",
        "mastery_score",
        "attempts_allowed",
        "wait_seconds",
        "time_limit_seconds",
        "valid_months",
        "valid_days",
        "renew_days",
        "due_days",
        "reminders",
        "prerequisites",
        "equivalents",
        "needs_confirmation",
        "move_on",
        "gives_certificate",
        "show_correct",
        "proposed_by_id",
        "proposed_at",
    ),
    "decision": (
        "kind",
        "subject_id",
        "partner_id",
        "content",
        "content_digest",
        "took_part",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
    "determination": (
        "case_id",
        "manifest_id",
        "manifest_digest",
        "outcome",
        "reason",
        "conditions",
        "language",
        "steps_to_reopen",
        "proposed_by_id",
        "proposed_at",
    ),
    "determination_review": ("case_id", "partner_id", "determination_id", "certificate_id", "opened_at"),
    "distrusted_key": (),
    "earning": (),
    "earning_batch": ("file_name", "content", "sha256", "lines", "uploaded_by_id", "uploaded_at"),
    "earning_reject": (),
    "engagement_session": ("step_id", "planned_by_id", "planned_at"),
    "equivalent_training": (
        "person_id",
        "partner_id",
        "course_id",
        "title",
        "provider",
        "completed_on",
        "valid_until",
        "evidence_name",
        "evidence_media_type",
        "evidence_digest",
        "evidence_size",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
    "evidence_file": (),
    "evidence_manifest": (),
    "evidence_revision": ("step_id", "number", "statement", "effective_on", "digest", "received_at", "uploaded_by_id"),
    "extra_time": ("person_id", "percent", "reason", "granted_by_id", "granted_at"),
    "hold": (
        "number",
        "case_id",
        "partner_id",
        "program_id",
        "location_id",
        "earning_type",
        "currency",
        "earned_from",
        "earned_to",
        "per_ten_thousand",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
    "infraction": (
        "partner_id",
        "program_id",
        "category",
        "severity",
        "source",
        "rule",
        "summary",
        "internal_details",
        "occurred_on",
        "discovered_on",
        "recorded_by_id",
        "recorded_at",
    ),
    "ledger_transaction": (),
    "marked_answer": (),
    "material_receipt": (),
    "material_request": ("partner_id", "slug", "asked_by_id", "asked_at", "reason"),
    "notice": (
        "case_id",
        "version",
        "grounds",
        "explanation",
        "obligations",
        "consequences",
        "appeal",
        "proposed_by_id",
        "proposed_at",
    ),
    "payment": (),
    "payment_file": (),
    "plan_step": (
        "plan_version_id",
        "case_id",
        "position",
        "kind",
        "title",
        "what_to_do",
        "courses",
        "materials",
        "coverage_target",
        "original_due_on",
    ),
    "plan_version": ("case_id", "version", "proposed_by_id", "proposed_at"),
    "posting": (),
    "readiness_material": (
        "slug",
        "title",
        "media_type",
        "document",
        "source",
        "html",
        "content_hash",
        "published_by_id",
        "published_at",
    ),
    "record_confirmation": (),
    "record_correction": ("record_id", "changes", "reason", "proposed_by_id", "proposed_at"),
    "referral": ("case_id", "destination", "words_to_partner", "proposed_by_id", "proposed_at"),
    "registration": ("assignment_id", "person_id", "partner_id", "course_id", "version_id", "number", "started_at"),
    "regrade": ("version_id", "question_id", "rule", "key_version_id", "reason", "proposed_by_id", "proposed_at"),
    "regraded_attempt": (),
    "release_hold": (),
    "release_line": (),
    "release_order": (
        "number",
        "case_id",
        "partner_id",
        "certificate_id",
        "certificate_digest",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
    "remediation_case": (
        "number",
        "year",
        "sequence",
        "partner_id",
        "program_id",
        "policy",
        "follows_id",
        "opened_by_id",
        "opened_at",
    ),
    "signature": (),
    "step_transition": (),
    "training_record": (),
    "training_waiver": ("assignment_id", "reason", "until", "asked_by_id", "asked_at"),
    "unit_progress": ("registration_id", "unit_id", "first_viewed_at"),
    "version_acknowledgement": ("version_id", "person_id", "partner_id", "asked_at", "due_on"),
}

# Foreign keys that close a circle, added where a table can be altered; SQLite has them in the table.
CIRCLES = [
    ("fk_course_current_version_id_course_version", "course", "current_version_id", "course_version", "id"),
    (
        "fk_assignment_satisfied_by_equivalent_id_equivalent_training",
        "assignment",
        "satisfied_by_equivalent_id",
        "equivalent_training",
        "id",
    ),
    (
        "fk_assignment_satisfied_by_record_id_training_record",
        "assignment",
        "satisfied_by_record_id",
        "training_record",
        "id",
    ),
]


TABLES_LAST_FIRST = (
    "posting",
    "ledger_transaction",
    "acknowledgement",
    "payment",
    "release_line",
    "release_hold",
    "payment_file",
    "release_order",
    "determination_review",
    "certificate_bundle_item",
    "record_correction",
    "record_confirmation",
    "certificate_refusal",
    "certificate",
    "training_record",
    "regraded_attempt",
    "marked_answer",
    "answer",
    "video_position",
    "unit_progress",
    "reading_position",
    "attempt",
    "training_waiver",
    "registration",
    "evidence_file",
    "assignment_extension",
    "step_transition",
    "step_draft",
    "evidence_revision",
    "engagement_session",
    "assignment",
    "plan_step",
    "determination",
    "course_unit_text",
    "completion_attestation",
    "version_acknowledgement",
    "regrade",
    "referral",
    "plan_version",
    "notice",
    "material_receipt",
    "material_grant",
    "hold",
    "evidence_manifest",
    "earning_reject",
    "earning",
    "course_unit",
    "course_translation",
    "course_media",
    "case_transition",
    "case_note",
    "case_infraction",
    "case_flag",
    "case_deadline",
    "assignment_left_out",
    "assignment_file",
    "user_session",
    "signature",
    "saved_view",
    "role_grant",
    "representation",
    "remediation_case",
    "readiness_material",
    "material_request",
    "invitation",
    "infraction",
    "extra_time",
    "equivalent_training",
    "earning_batch",
    "decision",
    "credential",
    "covered_person",
    "course_version",
    "certificate_bundle",
    "assignment_batch",
    "acknowledgement_batch",
    "person",
    "location",
    "authorization",
    "receipt",
    "program",
    "partner",
    "outbox_row",
    "distrusted_key",
    "course",
    "audit_event",
)


def append_only(table: str, columns: Sequence[str], dialect: str) -> list[str]:
    of = f" OF {', '.join(columns)}" if columns else ""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        ]
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]


REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
)

# What the database guards besides: no account of an earning goes below zero, postings add up, submitted answers stay.
GUARDS: dict[str, list[str]] = {
    "sqlite": [
        "CREATE TRIGGER posting_takes_only_what_is_there BEFORE INSERT ON posting WHEN NEW.amount_minor < 0 AND NEW.account <> 'expense' BEGIN SELECT RAISE(ABORT, 'a posting takes more than is there') WHERE NEW.amount_minor + (SELECT COALESCE(SUM(amount_minor), 0) FROM posting WHERE earning_id = NEW.earning_id AND account = NEW.account AND hold_id IS NEW.hold_id) < 0; END",
        "CREATE TRIGGER attempt_stays_as_submitted BEFORE UPDATE ON attempt WHEN OLD.state = 'submitted' BEGIN SELECT RAISE(ABORT, 'attempt is append-only once it is submitted'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION refuse_more_than_is_there() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.amount_minor + (SELECT COALESCE(SUM(amount_minor), 0) FROM posting WHERE earning_id = NEW.earning_id AND account = NEW.account AND hold_id IS NOT DISTINCT FROM NEW.hold_id) < 0 THEN RAISE EXCEPTION 'a posting takes more than is there' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER posting_takes_only_what_is_there BEFORE INSERT ON posting FOR EACH ROW WHEN (NEW.amount_minor < 0 AND NEW.account <> 'expense') EXECUTE FUNCTION refuse_more_than_is_there()",
        "CREATE OR REPLACE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM posting WHERE transaction_id = NEW.transaction_id GROUP BY currency HAVING SUM(amount_minor) <> 0) THEN RAISE EXCEPTION 'the postings of a transaction do not add up to nothing' USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER postings_add_up_to_nothing AFTER INSERT ON posting DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()",
        "CREATE TRIGGER attempt_stays_as_submitted BEFORE UPDATE ON attempt FOR EACH ROW WHEN (OLD.state = 'submitted') EXECUTE FUNCTION refuse_change()",
    ],
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "audit_event",
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("subject_type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("outcome IN ('done', 'refused')", name="audit_outcome_is_done_or_refused"),
        sa.CheckConstraint("seq > 0", name="audit_events_are_numbered_from_one"),
        sa.PrimaryKeyConstraint("seq", name="audit_event_pkey"),
        sa.UniqueConstraint("hash", name="uq_audit_event_hash"),
    )
    op.create_index("ix_audit_event_partner_id_seq", "audit_event", ["partner_id", "seq"], unique=False)
    op.create_index("ix_audit_event_person_id_seq", "audit_event", ["person_id", "seq"], unique=False)
    op.create_index("ix_audit_event_subject", "audit_event", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "course",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("current_version_id", KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["current_version_id"],
            ["course_version.id"],
            name="fk_course_current_version_id_course_version",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name="course_pkey"),
        sa.UniqueConstraint("slug", name="uq_course_slug"),
    )
    op.create_table(
        "distrusted_key",
        sa.Column("id", KEY, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_distrusted_key_says_why"),
        sa.PrimaryKeyConstraint("id", name="distrusted_key_pkey"),
        sa.UniqueConstraint("fingerprint", name="uq_distrusted_key_fingerprint"),
    )
    op.create_table(
        "outbox_row",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "dead",
                name="outbox_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", KEY, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_rows_say_when"),
        sa.CheckConstraint("tries >= 0", name="tries_are_not_negative"),
        sa.PrimaryKeyConstraint("id", name="outbox_row_pkey"),
        sa.UniqueConstraint("key", name="uq_outbox_row_key"),
    )
    op.create_index("ix_outbox_row_waiting", "outbox_row", ["state", "due_at"], unique=False)
    op.create_table(
        "partner",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(country) = 2", name="countries_are_two_letters"),
        sa.PrimaryKeyConstraint("id", name="partner_pkey"),
        sa.UniqueConstraint("number", name="uq_partner_number"),
    )
    op.create_table(
        "program",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="program_pkey"),
        sa.UniqueConstraint("code", name="uq_program_code"),
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("led_to", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="receipt_pkey"),
    )
    op.create_table(
        "authorization",
        sa.Column("id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("program_id", KEY, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "restricted",
                "suspended",
                "revoked",
                name="authorization_status_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_authorization_partner_id_partner"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_authorization_program_id_program"),
        sa.PrimaryKeyConstraint("id", name="authorization_pkey"),
        sa.UniqueConstraint("partner_id", "program_id", name="uq_authorization_partner_id_program_id"),
    )
    op.create_table(
        "location",
        sa.Column("id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_location_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="location_pkey"),
        sa.UniqueConstraint("partner_id", "code", name="uq_location_partner_id_code"),
    )
    op.create_table(
        "person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column(
            "theme",
            sa.Enum(
                "system", "light", "dark", name="theme_is_known", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("email = lower(email)", name="emails_are_lower_case"),
        sa.CheckConstraint("length(trim(name)) > 0", name="people_have_a_name"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_person_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="person_pkey"),
        sa.UniqueConstraint("email", name="uq_person_email"),
    )
    op.create_index("ix_person_partner_id_name", "person", ["partner_id", "name"], unique=False)
    op.create_table(
        "acknowledgement_batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("lines", KEY, nullable=False),
        sa.Column("known_before", KEY, nullable=False),
        sa.Column("received_by_id", KEY, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["person.id"], name="fk_acknowledgement_batch_received_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="acknowledgement_batch_pkey"),
        sa.UniqueConstraint("sha256", name="uq_acknowledgement_batch_sha256"),
    )
    op.create_table(
        "assignment_batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "people",
                "category",
                "partner",
                "campaign",
                "file",
                name="batch_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_digest", sa.String(length=64), nullable=True),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("made_by_id", KEY, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", KEY, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'file') = (source_digest IS NOT NULL)", name="a_batch_of_a_file_names_the_file"),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="an_undone_batch_says_by_whom"),
        sa.CheckConstraint(
            "finished_at IS NULL OR finished_at >= made_at", name="batches_are_finished_after_they_are_made"
        ),
        sa.CheckConstraint("undone_at IS NULL OR undone_at >= made_at", name="batches_are_undone_after_they_are_made"),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name="fk_assignment_batch_made_by_id_person"),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name="fk_assignment_batch_undone_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="assignment_batch_pkey"),
    )
    op.create_index("ix_assignment_batch_made_by_id", "assignment_batch", ["made_by_id", "made_at"], unique=False)
    op.create_table(
        "certificate_bundle",
        sa.Column("id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("course_id", KEY, nullable=True),
        sa.Column("issued_from", sa.Date(), nullable=True),
        sa.Column("issued_until", sa.Date(), nullable=True),
        sa.Column("requested_by_id", KEY, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", KEY, nullable=False),
        sa.Column("made", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "at_work",
                "ready",
                "failed",
                name="bundle_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", KEY, nullable=True),
        sa.CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="a_ready_bundle_has_its_file"),
        sa.CheckConstraint("(sha256 IS NULL) = (size IS NULL)", name="a_bundles_file_has_a_size"),
        sa.CheckConstraint("made >= 0 AND made <= total", name="a_bundle_has_made_no_more_than_its_total"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_certificate_bundle_course_id_course"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_certificate_bundle_partner_id_partner"),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["person.id"], name="fk_certificate_bundle_requested_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="certificate_bundle_pkey"),
    )
    op.create_index("ix_certificate_bundle_partner_id", "certificate_bundle", ["partner_id"], unique=False)
    op.create_index(
        "ix_certificate_bundle_requested_by_id", "certificate_bundle", ["requested_by_id", "id"], unique=False
    )
    op.create_table(
        "course_version",
        sa.Column("id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("package", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("overview_html", sa.Text(), nullable=False),
        sa.Column("minutes", KEY, nullable=False),
        sa.Column("objectives", sa.JSON(), nullable=False),
        sa.Column("assessment", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attestation_statements", sa.JSON(), nullable=False),
        sa.Column("mastery_score", KEY, nullable=False),
        sa.Column("attempts_allowed", KEY, nullable=False),
        sa.Column("wait_seconds", KEY, nullable=False),
        sa.Column("time_limit_seconds", KEY, nullable=True),
        sa.Column("valid_months", KEY, nullable=True),
        sa.Column("valid_days", KEY, nullable=True),
        sa.Column("renew_days", KEY, nullable=True),
        sa.Column("due_days", KEY, nullable=True),
        sa.Column("reminders", sa.JSON(), nullable=False),
        sa.Column("prerequisites", sa.JSON(), nullable=False),
        sa.Column("equivalents", sa.JSON(), nullable=False),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.Column("move_on", sa.String(length=40), nullable=False),
        sa.Column("gives_certificate", sa.Boolean(), nullable=False),
        sa.Column("show_correct", sa.String(length=10), nullable=False),
        sa.Column(
            "change",
            sa.Enum(
                "first",
                "minor",
                "material",
                name="version_change_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "retrain",
            sa.Enum(
                "nobody",
                "acknowledge",
                "retake",
                name="version_retraining_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("retrain_days", KEY, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "published",
                "rejected",
                name="version_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", KEY, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(retrain = 'nobody') = (retrain_days IS NULL)", name="retraining_has_a_term"),
        sa.CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_versions_say_when"),
        sa.CheckConstraint("change = 'material' OR retrain = 'nobody'", name="only_a_material_change_retrains"),
        sa.CheckConstraint("attempts_allowed >= 1", name="at_least_one_attempt_is_allowed"),
        sa.CheckConstraint("mastery_score BETWEEN 0 AND 10000", name="mastery_score_is_a_share"),
        sa.CheckConstraint(
            "published_by_id IS NULL OR published_by_id <> proposed_by_id", name="nobody_publishes_their_own_draft"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_course_version_course_id_course"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_course_version_proposed_by_id_person"),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name="fk_course_version_published_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="course_version_pkey"),
        sa.UniqueConstraint("course_id", "content_hash", name="uq_course_version_course_id_content_hash"),
    )
    op.create_index("ix_course_version_content_hash", "course_version", ["content_hash"], unique=False)
    op.create_index("ix_course_version_state", "course_version", ["state"], unique=False)
    op.create_table(
        "covered_person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "sales",
                "marketing",
                "finance",
                "management",
                "agent",
                "other",
                name="roster_category_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("leave_from", sa.Date(), nullable=True),
        sa.Column("leave_until", sa.Date(), nullable=True),
        sa.Column("leave_reason", sa.Text(), nullable=True),
        sa.Column("added_by_id", KEY, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(leave_from IS NULL) = (leave_reason IS NULL)", name="leave_has_a_reason"),
        sa.CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="covered_people_leave_after_they_join"),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name="fk_covered_person_added_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_covered_person_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_covered_person_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="covered_person_pkey"),
    )
    op.create_index(
        "one_live_roster_line_a_person",
        "covered_person",
        ["partner_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("left_on IS NULL"),
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.create_table(
        "credential",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", KEY, nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_credential_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="credential_pkey"),
    )
    op.create_table(
        "decision",
        sa.Column("id", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "notice",
                "plan",
                "hold",
                "determination",
                "referral",
                "waiver",
                "release_order",
                "course_publication",
                "regrade",
                "record_correction",
                "equivalent_training",
                "certificate_revocation",
                "certificate_correction",
                "determination_review",
                name="decision_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", KEY, nullable=False),
        sa.Column("subject_label", sa.Text(), nullable=False),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("took_part", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "withdrawn",
                name="decision_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL) OR state = 'withdrawn'", name="a_decision_made_says_by_whom"
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="a_decision_made_says_when"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="the_proposer_does_not_decide"
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_decision_decided_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_decision_partner_id_partner"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_decision_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="decision_pkey"),
    )
    op.create_index("ix_decision_partner_id", "decision", ["partner_id"], unique=False)
    op.create_index("ix_decision_state_kind", "decision", ["state", "kind"], unique=False)
    op.create_index(
        "one_open_decision_a_subject",
        "decision",
        ["kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "earning_batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("lines", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "checked",
                "imported",
                "refused",
                name="earning_batch_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "all_or_nothing",
                "valid_lines",
                name="import_mode_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column("accepted", KEY, nullable=False),
        sa.Column("rejected", KEY, nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("uploaded_by_id", KEY, nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'checked') = (decided_at IS NULL)", name="a_file_that_was_decided_says_when"),
        sa.CheckConstraint(
            "(state = 'checked') = (decided_by_id IS NULL)", name="a_file_that_was_decided_says_by_whom"
        ),
        sa.CheckConstraint("state = 'imported' OR accepted = 0", name="only_an_imported_file_has_accepted_lines"),
        sa.CheckConstraint("accepted >= 0 AND rejected >= 0 AND lines >= 0", name="line_counts_are_not_negative"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_earning_batch_decided_by_id_person"),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name="fk_earning_batch_uploaded_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="earning_batch_pkey"),
    )
    op.create_index("ix_earning_batch_sha256", "earning_batch", ["sha256"], unique=False)
    op.create_index(
        "one_import_a_file",
        "earning_batch",
        ["sha256"],
        unique=True,
        sqlite_where=sa.text("state = 'imported'"),
        postgresql_where=sa.text("state = 'imported'"),
    )
    op.create_table(
        "equivalent_training",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("evidence_name", sa.Text(), nullable=False),
        sa.Column("evidence_media_type", sa.String(length=100), nullable=False),
        sa.Column("evidence_digest", sa.String(length=64), nullable=False),
        sa.Column("evidence_size", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "rejected",
                name="equivalent_training_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= completed_on", name="equivalents_lapse_after_completion"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_equivalent_training_course_id_course"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_equivalent_training_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_equivalent_training_person_id_person"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_equivalent_training_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="equivalent_training_pkey"),
    )
    op.create_index(
        "ix_equivalent_training_person_id_course_id", "equivalent_training", ["person_id", "course_id"], unique=False
    )
    op.create_table(
        "extra_time",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("percent", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by_id", KEY, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", KEY, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_extra_time_says_who_ended_it"),
        sa.CheckConstraint("percent BETWEEN 1 AND 900", name="extra_time_is_a_percentage"),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name="fk_extra_time_ended_by_id_person"),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name="fk_extra_time_granted_by_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_extra_time_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="extra_time_pkey"),
    )
    op.create_index(
        "one_live_extra_time_a_person",
        "extra_time",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "infraction",
        sa.Column("id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("program_id", KEY, nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "false_claim",
                "marketing_funds",
                "deal_registration",
                "discount_not_passed_on",
                "improper_payment",
                "gifts_and_hospitality",
                "third_party",
                "confidentiality",
                "conflict_of_interest",
                "retaliation",
                "other",
                name="infraction_category_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum(
                "minor",
                "serious",
                "grave",
                name="severity_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "claims_review",
                "audit",
                "report_in_good_faith",
                "customer",
                "partner_itself",
                "authority",
                name="infraction_source_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("internal_details", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("discovered_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "alleged",
                "substantiated",
                "dismissed",
                name="infraction_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("recorded_by_id", KEY, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_by_id", KEY, nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judgement_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'alleged') = (judged_at IS NULL)", name="a_judged_infraction_says_when"),
        sa.CheckConstraint("(judged_at IS NULL) = (judged_by_id IS NULL)", name="a_judged_infraction_says_by_whom"),
        sa.CheckConstraint("(judged_at IS NULL) = (judgement_reason IS NULL)", name="a_judged_infraction_says_why"),
        sa.CheckConstraint("discovered_on >= occurred_on", name="infractions_are_discovered_after_they_occur"),
        sa.CheckConstraint("judged_by_id <> recorded_by_id", name="nobody_judges_the_infraction_they_recorded"),
        sa.ForeignKeyConstraint(["judged_by_id"], ["person.id"], name="fk_infraction_judged_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_infraction_partner_id_partner"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_infraction_program_id_program"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_infraction_recorded_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="infraction_pkey"),
    )
    op.create_index(
        "ix_infraction_partner_id_state_occurred_on", "infraction", ["partner_id", "state", "occurred_on"], unique=False
    )
    op.create_index("ix_infraction_state_id", "infraction", ["state", "id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_invitation_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="invitation_pkey"),
        sa.UniqueConstraint("token_digest", name="uq_invitation_token_digest"),
    )
    op.create_index("ix_invitation_person_id", "invitation", ["person_id"], unique=False)
    op.create_table(
        "material_request",
        sa.Column("id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by_id", KEY, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="an_answered_request_says_by_whom"),
        sa.CheckConstraint("refusal IS NULL OR answered_at IS NOT NULL", name="a_refused_request_was_answered"),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name="fk_material_request_answered_by_id_person"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_material_request_asked_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_material_request_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="material_request_pkey"),
    )
    op.create_index(
        "one_open_request_a_material",
        "material_request",
        ["partner_id", "slug"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "readiness_material",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("minutes", KEY, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("published_by_id", KEY, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(media_type = 'application/pdf') = (document IS NOT NULL)", name="a_document_is_kept_where_there_is_one"
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name="fk_readiness_material_published_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="readiness_material_pkey"),
        sa.UniqueConstraint("slug", "content_hash", name="uq_readiness_material_slug_content_hash"),
    )
    op.create_index("ix_readiness_material_slug", "readiness_material", ["slug"], unique=False)
    op.create_table(
        "remediation_case",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("year", KEY, nullable=False),
        sa.Column("sequence", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("program_id", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "notified",
                "planning",
                "plan_review",
                "in_remediation",
                "completion_review",
                "monitoring",
                "referred",
                "closed_completed",
                "closed_offboarded",
                "dismissed",
                name="case_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("follows_id", KEY, nullable=True),
        sa.Column("opened_by_id", KEY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (state NOT IN ('closed_completed', 'closed_offboarded', 'dismissed'))",
            name="a_closed_case_says_when",
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'dismissed') OR notified_at IS NOT NULL",
            name="the_partner_of_a_running_case_was_notified",
        ),
        sa.CheckConstraint("follows_id <> id", name="a_case_does_not_follow_itself"),
        sa.CheckConstraint("sequence BETWEEN 1 AND 9999", name="case_numbers_have_four_digits"),
        sa.ForeignKeyConstraint(
            ["follows_id"], ["remediation_case.id"], name="fk_remediation_case_follows_id_remediation_case"
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name="fk_remediation_case_opened_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_remediation_case_partner_id_partner"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_remediation_case_program_id_program"),
        sa.PrimaryKeyConstraint("id", name="remediation_case_pkey"),
        sa.UniqueConstraint("number", name="uq_remediation_case_number"),
        sa.UniqueConstraint("year", "sequence", name="uq_remediation_case_year_sequence"),
    )
    op.create_index("ix_remediation_case_follows_id", "remediation_case", ["follows_id"], unique=False)
    op.create_index("ix_remediation_case_partner_id", "remediation_case", ["partner_id"], unique=False)
    op.create_index("ix_remediation_case_state_id", "remediation_case", ["state", "id"], unique=False)
    op.create_index(
        "one_open_case_a_partner_and_program",
        "remediation_case",
        ["partner_id", "program_id"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('closed_completed', 'closed_offboarded', 'dismissed')"),
        postgresql_where=sa.text("state NOT IN ('closed_completed', 'closed_offboarded', 'dismissed')"),
    )
    op.create_table(
        "representation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="representations_end_after_they_start"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_representation_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_representation_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="representation_pkey"),
    )
    op.create_index("ix_representation_partner_id", "representation", ["partner_id"], unique=False)
    op.create_index(
        "one_live_representation_a_pair",
        "representation",
        ["person_id", "partner_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "learner",
                "compliance_contact",
                "executive",
                "finance_viewer",
                "account_representative",
                "compliance_analyst",
                "compliance_approver",
                "finance_analyst",
                "finance_approver",
                "appeals_reviewer",
                "content_author",
                "content_approver",
                "auditor",
                "administrator",
                name="role_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("granted_by_id", KEY, nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", KEY, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="an_ended_role_says_who_ended_it"),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name="fk_role_grant_ended_by_id_person"),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name="fk_role_grant_granted_by_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_role_grant_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="role_grant_pkey"),
    )
    op.create_index(
        "one_live_grant_a_role",
        "role_grant",
        ["person_id", "role"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(name)) > 0", name="saved_views_have_a_name"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_saved_view_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="saved_view_pkey"),
        sa.UniqueConstraint("person_id", "page", "name", name="uq_saved_view_person_id_page_name"),
    )
    op.create_table(
        "signature",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("printed_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column(
            "meaning",
            sa.Enum(
                "authored",
                "reviewed",
                "approved",
                "attested",
                "acknowledged",
                name="meaning_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reauthenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_signature_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="signature_pkey"),
        sa.UniqueConstraint("seal", name="uq_signature_seal"),
    )
    op.create_index("ix_signature_subject", "signature", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reauthenticated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_user_session_person_id_person"),
        sa.PrimaryKeyConstraint("token_digest", name="user_session_pkey"),
    )
    op.create_index("ix_user_session_person_id", "user_session", ["person_id"], unique=False)
    op.create_table(
        "assignment_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("lines", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "checked",
                "assigned",
                "turned_away",
                name="assignment_file_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("uploaded_by_id", KEY, nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch_id", KEY, nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.CheckConstraint("(state = 'checked') = (decided_at IS NULL)", name="a_decided_assignment_file_says_when"),
        sa.CheckConstraint("batch_id IS NULL OR state = 'assigned'", name="only_an_assigned_file_has_a_batch"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["assignment_batch.id"], name="fk_assignment_file_batch_id_assignment_batch"
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name="fk_assignment_file_uploaded_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="assignment_file_pkey"),
    )
    op.create_index("ix_assignment_file_sha256", "assignment_file", ["sha256"], unique=False)
    op.create_index("ix_assignment_file_uploaded_by_id", "assignment_file", ["uploaded_by_id", "id"], unique=False)
    op.create_table(
        "assignment_left_out",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["assignment_batch.id"], name="fk_assignment_left_out_batch_id_assignment_batch"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_assignment_left_out_course_id_course"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_assignment_left_out_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_assignment_left_out_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="assignment_left_out_pkey"),
    )
    op.create_index("ix_assignment_left_out_batch_id", "assignment_left_out", ["batch_id", "id"], unique=False)
    op.create_table(
        "case_deadline",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "acknowledge",
                "appeal",
                "program",
                "monitoring",
                name="deadline_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("current_due_on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_case_deadline_case_id_remediation_case"),
        sa.PrimaryKeyConstraint("id", name="case_deadline_pkey"),
        sa.UniqueConstraint("case_id", "kind", name="uq_case_deadline_case_id_kind"),
    )
    op.create_table(
        "case_flag",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "escalated",
                "legal_hold",
                name="case_mark_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", KEY, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by_id", KEY, nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="a_lifted_mark_says_by_whom"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="a_lifted_mark_says_why"),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_case_flag_case_id_remediation_case"),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["person.id"], name="fk_case_flag_lifted_by_id_person"),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name="fk_case_flag_set_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="case_flag_pkey"),
    )
    op.create_index(
        "one_live_mark_of_a_kind_a_case",
        "case_flag",
        ["case_id", "mark"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "case_infraction",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("infraction_id", KEY, nullable=False),
        sa.Column("joined_by_id", KEY, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["remediation_case.id"], name="fk_case_infraction_case_id_remediation_case"
        ),
        sa.ForeignKeyConstraint(
            ["infraction_id"], ["infraction.id"], name="fk_case_infraction_infraction_id_infraction"
        ),
        sa.ForeignKeyConstraint(["joined_by_id"], ["person.id"], name="fk_case_infraction_joined_by_id_person"),
        sa.PrimaryKeyConstraint("case_id", "infraction_id", name="case_infraction_pkey"),
    )
    op.create_index("ix_case_infraction_infraction_id", "case_infraction", ["infraction_id"], unique=False)
    op.create_table(
        "case_note",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by_id", KEY, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_case_note_case_id_remediation_case"),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name="fk_case_note_written_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="case_note_pkey"),
    )
    op.create_index("ix_case_note_case_id", "case_note", ["case_id"], unique=False)
    op.create_table(
        "case_transition",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "draft",
                "notified",
                "planning",
                "plan_review",
                "in_remediation",
                "completion_review",
                "monitoring",
                "referred",
                "closed_completed",
                "closed_offboarded",
                "dismissed",
                name="earlier_case_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "draft",
                "notified",
                "planning",
                "plan_review",
                "in_remediation",
                "completion_review",
                "monitoring",
                "referred",
                "closed_completed",
                "closed_offboarded",
                "dismissed",
                name="later_case_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", KEY, nullable=True),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_case_transition_by_id_person"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["remediation_case.id"], name="fk_case_transition_case_id_remediation_case"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_case_transition_decision_id_decision"),
        sa.PrimaryKeyConstraint("id", name="case_transition_pkey"),
    )
    op.create_index("ix_case_transition_case_id", "case_transition", ["case_id"], unique=False)
    op.create_table(
        "course_media",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name="fk_course_media_version_id_course_version"
        ),
        sa.PrimaryKeyConstraint("id", name="course_media_pkey"),
        sa.UniqueConstraint("version_id", "path", name="uq_course_media_version_id_path"),
    )
    op.create_table(
        "course_translation",
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("overview_html", sa.Text(), nullable=False),
        sa.Column("objectives", sa.JSON(), nullable=False),
        sa.Column("assessment", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attestation_statements", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name="fk_course_translation_version_id_course_version"
        ),
        sa.PrimaryKeyConstraint("version_id", "language", name="course_translation_pkey"),
    )
    op.create_table(
        "course_unit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "lesson",
                "quiz",
                "attestation",
                name="unit_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("minutes", KEY, nullable=False),
        sa.Column("words", KEY, nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name="fk_course_unit_version_id_course_version"),
        sa.PrimaryKeyConstraint("id", name="course_unit_pkey"),
        sa.UniqueConstraint("version_id", "position", name="uq_course_unit_version_id_position"),
        sa.UniqueConstraint("version_id", "slug", name="uq_course_unit_version_id_slug"),
    )
    op.create_table(
        "earning",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("line", KEY, nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("location_id", KEY, nullable=True),
        sa.Column("program_id", KEY, nullable=False),
        sa.Column("earning_type", sa.String(length=40), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", KEY, nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("reverses_id", KEY, nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount_minor > 0) OR (reverses_id IS NOT NULL AND amount_minor < 0)",
            name="only_a_reversal_is_below_zero",
        ),
        sa.CheckConstraint(
            "amount_minor BETWEEN -1000000000000000 AND 1000000000000000", name="earnings_are_of_a_plausible_size"
        ),
        sa.CheckConstraint("length(currency) = 3", name="earning_currencies_are_three_letters"),
        sa.ForeignKeyConstraint(["batch_id"], ["earning_batch.id"], name="fk_earning_batch_id_earning_batch"),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_earning_location_id_location"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_earning_partner_id_partner"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_earning_program_id_program"),
        sa.ForeignKeyConstraint(["reverses_id"], ["earning.id"], name="fk_earning_reverses_id_earning"),
        sa.PrimaryKeyConstraint("id", name="earning_pkey"),
        sa.UniqueConstraint("batch_id", "line", name="uq_earning_batch_id_line"),
        sa.UniqueConstraint("reference", name="uq_earning_reference"),
        sa.UniqueConstraint("reverses_id", name="uq_earning_reverses_id"),
    )
    op.create_index("ix_earning_partner_id_earned_on", "earning", ["partner_id", "earned_on"], unique=False)
    op.create_table(
        "earning_reject",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("line", KEY, nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["earning_batch.id"], name="fk_earning_reject_batch_id_earning_batch"),
        sa.PrimaryKeyConstraint("id", name="earning_reject_pkey"),
        sa.UniqueConstraint("batch_id", "line", name="uq_earning_reject_batch_id_line"),
    )
    op.create_table(
        "evidence_manifest",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("frozen_by_id", KEY, nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["remediation_case.id"], name="fk_evidence_manifest_case_id_remediation_case"
        ),
        sa.ForeignKeyConstraint(["frozen_by_id"], ["person.id"], name="fk_evidence_manifest_frozen_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="evidence_manifest_pkey"),
        sa.UniqueConstraint("case_id", "number", name="uq_evidence_manifest_case_id_number"),
    )
    op.create_index("ix_evidence_manifest_digest", "evidence_manifest", ["digest"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("program_id", KEY, nullable=True),
        sa.Column("location_id", KEY, nullable=True),
        sa.Column("earning_type", sa.String(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("earned_from", sa.Date(), nullable=True),
        sa.Column("earned_to", sa.Date(), nullable=True),
        sa.Column("per_ten_thousand", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "rejected",
                "active",
                "release_pending",
                "released",
                "cancelled",
                name="hold_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('proposed', 'rejected')) = (activated_at IS NULL)", name="an_active_hold_says_since_when"
        ),
        sa.CheckConstraint(
            "(state IN ('rejected', 'released', 'cancelled')) = (ended_at IS NOT NULL)",
            name="an_ended_hold_says_since_when",
        ),
        sa.CheckConstraint(
            "earned_from IS NULL OR earned_to IS NULL OR earned_from <= earned_to", name="a_hold_ends_after_it_begins"
        ),
        sa.CheckConstraint(
            "per_ten_thousand BETWEEN 1 AND 10000", name="a_hold_blocks_more_than_nothing_and_at_most_all"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_hold_case_id_remediation_case"),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_hold_location_id_location"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_hold_partner_id_partner"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_hold_program_id_program"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_hold_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="hold_pkey"),
        sa.UniqueConstraint("number", name="uq_hold_number"),
    )
    op.create_index("ix_hold_case_id", "hold", ["case_id"], unique=False)
    op.create_index("ix_hold_partner_id_state", "hold", ["partner_id", "state"], unique=False)
    op.create_index("ix_hold_state", "hold", ["state"], unique=False)
    op.create_table(
        "material_grant",
        sa.Column("id", KEY, nullable=False),
        sa.Column("material_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("granted_by_id", KEY, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name="fk_material_grant_granted_by_id_person"),
        sa.ForeignKeyConstraint(
            ["material_id"], ["readiness_material.id"], name="fk_material_grant_material_id_readiness_material"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_material_grant_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="material_grant_pkey"),
        sa.UniqueConstraint("material_id", "partner_id", name="uq_material_grant_material_id_partner_id"),
    )
    op.create_index("ix_material_grant_partner_id", "material_grant", ["partner_id"], unique=False)
    op.create_table(
        "material_receipt",
        sa.Column("id", KEY, nullable=False),
        sa.Column("material_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["material_id"], ["readiness_material.id"], name="fk_material_receipt_material_id_readiness_material"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_material_receipt_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_material_receipt_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="material_receipt_pkey"),
        sa.UniqueConstraint("material_id", "person_id", name="uq_material_receipt_material_id_person_id"),
    )
    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("version", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "served",
                "rejected",
                "withdrawn",
                name="notice_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("obligations", sa.Text(), nullable=False),
        sa.Column("consequences", sa.Text(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", KEY, nullable=True),
        sa.CheckConstraint("(state = 'served') = (served_at IS NOT NULL)", name="a_served_notice_says_when"),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="an_acknowledged_notice_says_by_whom"
        ),
        sa.CheckConstraint("(served_at IS NULL) = (served_on IS NULL)", name="a_served_notice_says_on_which_day"),
        sa.CheckConstraint(
            "acknowledged_at IS NULL OR served_at IS NOT NULL", name="only_a_served_notice_is_acknowledged"
        ),
        sa.CheckConstraint("version >= 1", name="notice_versions_count_from_one"),
        sa.ForeignKeyConstraint(["acknowledged_by_id"], ["person.id"], name="fk_notice_acknowledged_by_id_person"),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_notice_case_id_remediation_case"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_notice_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="notice_pkey"),
        sa.UniqueConstraint("case_id", "version", name="uq_notice_case_id_version"),
    )
    op.create_index(
        "one_open_notice_a_case",
        "notice",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "plan_version",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("version", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "rejected",
                "withdrawn",
                name="plan_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'accepted') = (accepted_at IS NOT NULL)", name="an_accepted_plan_says_when"),
        sa.CheckConstraint("version >= 1", name="plan_versions_count_from_one"),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_plan_version_case_id_remediation_case"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_plan_version_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="plan_version_pkey"),
        sa.UniqueConstraint("case_id", "version", name="uq_plan_version_case_id_version"),
    )
    op.create_index(
        "one_accepted_plan_a_case",
        "plan_version",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'accepted'"),
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "one_open_plan_a_case",
        "plan_version",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "referral",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column(
            "destination",
            sa.Enum(
                "draft",
                "notified",
                "planning",
                "plan_review",
                "in_remediation",
                "completion_review",
                "monitoring",
                "referred",
                "closed_completed",
                "closed_offboarded",
                "dismissed",
                name="referral_destination_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("words_to_partner", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "withdrawn",
                name="referral_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'approved') = (approved_at IS NOT NULL)", name="an_approved_referral_says_when"),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_referral_case_id_remediation_case"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_referral_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="referral_pkey"),
    )
    op.create_index("ix_referral_case_id", "referral", ["case_id"], unique=False)
    op.create_index(
        "one_open_referral_a_case",
        "referral",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "regrade",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "accept_every_answer",
                "leave_out",
                "key_of_version",
                name="regrade_rule_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("key_version_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "applied",
                "rejected",
                name="regrade_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(rule = 'key_of_version') = (key_version_id IS NOT NULL)", name="a_regrade_by_another_key_names_it"
        ),
        sa.CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="an_applied_regrade_says_when"),
        sa.ForeignKeyConstraint(
            ["key_version_id"], ["course_version.id"], name="fk_regrade_key_version_id_course_version"
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_regrade_proposed_by_id_person"),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name="fk_regrade_version_id_course_version"),
        sa.PrimaryKeyConstraint("id", name="regrade_pkey"),
    )
    op.create_index("ix_regrade_version_id", "regrade", ["version_id"], unique=False)
    op.create_table(
        "version_acknowledgement",
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "acknowledged_at IS NULL OR acknowledged_at >= asked_at", name="differences_are_read_when_asked"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_version_acknowledgement_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_version_acknowledgement_person_id_person"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name="fk_version_acknowledgement_version_id_course_version"
        ),
        sa.PrimaryKeyConstraint("version_id", "person_id", name="version_acknowledgement_pkey"),
    )
    op.create_index("ix_version_acknowledgement_person_id", "version_acknowledgement", ["person_id"], unique=False)
    op.create_table(
        "completion_attestation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("manifest_id", KEY, nullable=False),
        sa.Column("signature_id", KEY, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signed_by_id", KEY, nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["remediation_case.id"], name="fk_completion_attestation_case_id_remediation_case"
        ),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["evidence_manifest.id"], name="fk_completion_attestation_manifest_id_evidence_manifest"
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name="fk_completion_attestation_signature_id_signature"
        ),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name="fk_completion_attestation_signed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="completion_attestation_pkey"),
        sa.UniqueConstraint("manifest_id", name="uq_completion_attestation_manifest_id"),
    )
    op.create_index("ix_completion_attestation_case_id", "completion_attestation", ["case_id"], unique=False)
    op.create_table(
        "course_unit_text",
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("minutes", KEY, nullable=False),
        sa.Column("words", KEY, nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["course_unit.id"], name="fk_course_unit_text_unit_id_course_unit"),
        sa.PrimaryKeyConstraint("unit_id", "language", name="course_unit_text_pkey"),
    )
    op.create_table(
        "determination",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("manifest_id", KEY, nullable=False),
        sa.Column("manifest_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "completed",
                "completed_with_conditions",
                "not_completed",
                "refused",
                name="outcome_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("steps_to_reopen", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "made",
                "rejected",
                "withdrawn",
                name="determination_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'completed_with_conditions') = (length(conditions) > 0)",
            name="conditions_belong_to_a_completion_with_conditions",
        ),
        sa.CheckConstraint("(state = 'made') = (made_at IS NOT NULL)", name="a_determination_made_says_when"),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_determination_case_id_remediation_case"),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["evidence_manifest.id"], name="fk_determination_manifest_id_evidence_manifest"
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_determination_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="determination_pkey"),
    )
    op.create_index("ix_determination_case_id", "determination", ["case_id"], unique=False)
    op.create_index(
        "one_open_determination_a_case",
        "determination",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "plan_step",
        sa.Column("id", KEY, nullable=False),
        sa.Column("plan_version_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "training",
                "reading",
                "engagement",
                "root_cause_analysis",
                "correction",
                "corrective_action",
                "policy_adoption",
                "evidence",
                "attestation",
                name="step_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("what_to_do", sa.Text(), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("materials", sa.JSON(), nullable=False),
        sa.Column("coverage_target", KEY, nullable=True),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("current_due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "not_started",
                "in_progress",
                "submitted",
                "changes_requested",
                "accepted",
                "reopened",
                "waived",
                "not_applicable",
                name="step_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind IN ('training', 'reading')) = (coverage_target IS NOT NULL)",
            name="training_and_reading_have_a_target",
        ),
        sa.CheckConstraint("coverage_target BETWEEN 1 AND 10000", name="coverage_target_is_a_share"),
        sa.CheckConstraint("current_due_on >= original_due_on", name="step_due_dates_only_move_later"),
        sa.CheckConstraint("position >= 1", name="steps_count_from_one"),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_plan_step_case_id_remediation_case"),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_version.id"], name="fk_plan_step_plan_version_id_plan_version"
        ),
        sa.PrimaryKeyConstraint("id", name="plan_step_pkey"),
        sa.UniqueConstraint("plan_version_id", "position", name="uq_plan_step_plan_version_id_position"),
    )
    op.create_index("ix_plan_step_case_id_position", "plan_step", ["case_id", "position"], unique=False)
    op.create_index("ix_plan_step_state_kind", "plan_step", ["state", "kind"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "campaign",
                "case_step",
                "single_infraction",
                "representative",
                "own_choice",
                "recertification",
                "new_version",
                name="assignment_origin_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("case_step_id", KEY, nullable=True),
        sa.Column("batch_id", KEY, nullable=True),
        sa.Column("assigned_by_id", KEY, nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "assigned",
                "in_progress",
                "satisfied",
                "waived",
                "cancelled",
                name="assignment_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("satisfied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfied_by_record_id", KEY, nullable=True),
        sa.Column("satisfied_by_equivalent_id", KEY, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", KEY, nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(origin = 'case_step') = (case_step_id IS NOT NULL)", name="a_case_step_names_its_step"),
        sa.CheckConstraint(
            "(state = 'satisfied') = (satisfied_at IS NOT NULL)", name="a_satisfied_assignment_says_when"
        ),
        sa.CheckConstraint(
            "(state = 'satisfied') = (satisfied_by_record_id IS NOT NULL OR satisfied_by_equivalent_id IS NOT NULL)",
            name="a_satisfied_assignment_names_what_satisfied_it",
        ),
        sa.CheckConstraint(
            "(state IN ('waived', 'cancelled')) = (closed_at IS NOT NULL)", name="a_closed_assignment_says_when"
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_reason IS NULL)", name="a_closed_assignment_says_why"),
        sa.CheckConstraint("due_on >= original_due_on", name="due_dates_only_move_later"),
        sa.CheckConstraint(
            "satisfied_by_record_id IS NULL OR satisfied_by_equivalent_id IS NULL",
            name="one_thing_satisfies_an_assignment",
        ),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["person.id"], name="fk_assignment_assigned_by_id_person"),
        sa.ForeignKeyConstraint(["batch_id"], ["assignment_batch.id"], name="fk_assignment_batch_id_assignment_batch"),
        sa.ForeignKeyConstraint(["case_step_id"], ["plan_step.id"], name="fk_assignment_case_step_id_plan_step"),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name="fk_assignment_closed_by_id_person"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_assignment_course_id_course"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_assignment_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_assignment_person_id_person"),
        sa.ForeignKeyConstraint(
            ["satisfied_by_equivalent_id"],
            ["equivalent_training.id"],
            name="fk_assignment_satisfied_by_equivalent_id_equivalent_training",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["satisfied_by_record_id"],
            ["training_record.id"],
            name="fk_assignment_satisfied_by_record_id_training_record",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name="assignment_pkey"),
    )
    op.create_index("ix_assignment_batch_id", "assignment", ["batch_id"], unique=False)
    op.create_index(
        "ix_assignment_by_due", "assignment", ["due_on", "id", "partner_id", "course_id", "state"], unique=False
    )
    op.create_index(
        "ix_assignment_by_partner", "assignment", ["partner_id", "due_on", "id", "course_id", "state"], unique=False
    )
    op.create_index("ix_assignment_case_step_id", "assignment", ["case_step_id"], unique=False)
    op.create_index("ix_assignment_course_id", "assignment", ["course_id"], unique=False)
    op.create_index(
        "ix_assignment_open_by_due",
        "assignment",
        ["due_on", "id", "partner_id", "course_id", "state"],
        unique=False,
        sqlite_where=sa.text("state IN ('assigned', 'in_progress')"),
        postgresql_where=sa.text("state IN ('assigned', 'in_progress')"),
    )
    op.create_index(
        "ix_assignment_open_by_partner",
        "assignment",
        ["partner_id", "due_on", "id", "course_id", "state"],
        unique=False,
        sqlite_where=sa.text("state IN ('assigned', 'in_progress')"),
        postgresql_where=sa.text("state IN ('assigned', 'in_progress')"),
    )
    op.create_index("ix_assignment_person_id_due_on", "assignment", ["person_id", "due_on"], unique=False)
    op.create_index(
        "one_open_assignment_a_person_and_course",
        "assignment",
        ["person_id", "course_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('assigned', 'in_progress')"),
        postgresql_where=sa.text("state IN ('assigned', 'in_progress')"),
    )
    op.create_table(
        "engagement_session",
        sa.Column("id", KEY, nullable=False),
        sa.Column("step_id", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "confirmed",
                "cancelled",
                name="session_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("agenda", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes_to_last", KEY, nullable=False),
        sa.Column("planned_by_id", KEY, nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attendees", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("follow_ups", sa.JSON(), nullable=False),
        sa.Column("minuted_by_id", KEY, nullable=True),
        sa.Column("minuted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("confirmed_by_id", KEY, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_reason IS NOT NULL)", name="a_cancelled_session_says_why"
        ),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_by_id IS NOT NULL)", name="a_confirmation_says_by_whom"),
        sa.CheckConstraint(
            "(state IN ('held', 'confirmed')) = (minutes IS NOT NULL)", name="a_session_held_has_its_minutes"
        ),
        sa.CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="a_confirmation_says_when"),
        sa.CheckConstraint("(minutes IS NULL) = (minuted_at IS NULL)", name="minutes_say_when_they_were_written"),
        sa.CheckConstraint("(minutes IS NULL) = (minuted_by_id IS NULL)", name="minutes_say_who_wrote_them"),
        sa.CheckConstraint("confirmed_by_id <> minuted_by_id", name="nobody_confirms_their_own_minutes"),
        sa.CheckConstraint("minutes_to_last BETWEEN 5 AND 600", name="sessions_last_minutes_not_days"),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name="fk_engagement_session_confirmed_by_id_person"
        ),
        sa.ForeignKeyConstraint(["minuted_by_id"], ["person.id"], name="fk_engagement_session_minuted_by_id_person"),
        sa.ForeignKeyConstraint(["planned_by_id"], ["person.id"], name="fk_engagement_session_planned_by_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["plan_step.id"], name="fk_engagement_session_step_id_plan_step"),
        sa.PrimaryKeyConstraint("id", name="engagement_session_pkey"),
    )
    op.create_index("ix_engagement_session_step_id", "engagement_session", ["step_id"], unique=False)
    op.create_table(
        "evidence_revision",
        sa.Column("id", KEY, nullable=False),
        sa.Column("step_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", KEY, nullable=False),
        sa.Column(
            "review",
            sa.Enum(
                "waiting",
                "accepted",
                "returned",
                name="review_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("reviewed_by_id", KEY, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(review = 'waiting') = (reviewed_at IS NULL)", name="a_review_says_when"),
        sa.CheckConstraint("review <> 'returned' OR review_reason IS NOT NULL", name="a_return_says_why"),
        sa.CheckConstraint("(reviewed_at IS NULL) = (reviewed_by_id IS NULL)", name="a_review_says_by_whom"),
        sa.CheckConstraint("number >= 1", name="revisions_count_from_one"),
        sa.CheckConstraint("reviewed_by_id <> uploaded_by_id", name="nobody_reviews_what_they_uploaded"),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["person.id"], name="fk_evidence_revision_reviewed_by_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["plan_step.id"], name="fk_evidence_revision_step_id_plan_step"),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name="fk_evidence_revision_uploaded_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="evidence_revision_pkey"),
        sa.UniqueConstraint("step_id", "number", name="uq_evidence_revision_step_id_number"),
    )
    op.create_index("ix_evidence_revision_review", "evidence_revision", ["review", "received_at"], unique=False)
    op.create_table(
        "step_draft",
        sa.Column("step_id", KEY, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("saved_by_id", KEY, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name="fk_step_draft_saved_by_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["plan_step.id"], name="fk_step_draft_step_id_plan_step"),
        sa.PrimaryKeyConstraint("step_id", name="step_draft_pkey"),
    )
    op.create_table(
        "step_transition",
        sa.Column("id", KEY, nullable=False),
        sa.Column("step_id", KEY, nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "not_started",
                "in_progress",
                "submitted",
                "changes_requested",
                "accepted",
                "reopened",
                "waived",
                "not_applicable",
                name="earlier_step_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "not_started",
                "in_progress",
                "submitted",
                "changes_requested",
                "accepted",
                "reopened",
                "waived",
                "not_applicable",
                name="later_step_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", KEY, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_step_transition_by_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["plan_step.id"], name="fk_step_transition_step_id_plan_step"),
        sa.PrimaryKeyConstraint("id", name="step_transition_pkey"),
    )
    op.create_index("ix_step_transition_step_id", "step_transition", ["step_id"], unique=False)
    op.create_table(
        "assignment_extension",
        sa.Column("id", KEY, nullable=False),
        sa.Column("assignment_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "granted",
                "refused",
                name="extension_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("granted_until", sa.Date(), nullable=True),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="a_decided_extension_says_when"),
        sa.CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name="a_decided_extension_says_by_whom"),
        sa.CheckConstraint("(state = 'granted') = (granted_until IS NOT NULL)", name="a_granted_extension_has_an_end"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="nobody_grants_their_own_extension"
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_assignment_extension_asked_by_id_person"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_assignment_extension_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_assignment_extension_decided_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_assignment_extension_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="assignment_extension_pkey"),
    )
    op.create_index("ix_assignment_extension_assignment_id", "assignment_extension", ["assignment_id"], unique=False)
    op.create_index("ix_assignment_extension_state", "assignment_extension", ["state", "partner_id"], unique=False)
    op.create_index(
        "one_open_extension_an_assignment",
        "assignment_extension",
        ["assignment_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "evidence_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("revision_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("size > 0", name="evidence_files_are_not_empty"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["evidence_revision.id"], name="fk_evidence_file_revision_id_evidence_revision"
        ),
        sa.PrimaryKeyConstraint("id", name="evidence_file_pkey"),
        sa.UniqueConstraint("revision_id", "position", name="uq_evidence_file_revision_id_position"),
    )
    op.create_table(
        "registration",
        sa.Column("id", KEY, nullable=False),
        sa.Column("assignment_id", KEY, nullable=True),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "passed",
                "failed",
                "abandoned",
                name="registration_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_seconds", KEY, nullable=False),
        sa.CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="a_finished_registration_says_when"),
        sa.CheckConstraint("active_seconds >= 0", name="active_time_is_not_negative"),
        sa.CheckConstraint("number >= 1", name="registrations_are_numbered_from_one"),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name="fk_registration_assignment_id_assignment"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_registration_course_id_course"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_registration_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_registration_person_id_person"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name="fk_registration_version_id_course_version"
        ),
        sa.PrimaryKeyConstraint("id", name="registration_pkey"),
        sa.UniqueConstraint("person_id", "course_id", "number", name="uq_registration_person_id_course_id_number"),
    )
    op.create_index("ix_registration_assignment_id", "registration", ["assignment_id"], unique=False)
    op.create_index(
        "ix_registration_failed",
        "registration",
        ["assignment_id"],
        unique=False,
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index("ix_registration_version_id", "registration", ["version_id"], unique=False)
    op.create_index(
        "one_open_registration_a_person_and_course",
        "registration",
        ["person_id", "course_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "training_waiver",
        sa.Column("id", KEY, nullable=False),
        sa.Column("assignment_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "rejected",
                name="training_waiver_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_training_waiver_asked_by_id_person"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_training_waiver_assignment_id_assignment"
        ),
        sa.PrimaryKeyConstraint("id", name="training_waiver_pkey"),
    )
    op.create_index("ix_training_waiver_assignment_id", "training_waiver", ["assignment_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", KEY, nullable=False),
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "submitted", name="attempt_state_is_known", native_enum=False, create_constraint=True, length=48
            ),
            nullable=False,
        ),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("score", KEY, nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="a_submitted_attempt_says_when"),
        sa.CheckConstraint("(submitted_at IS NULL) = (answers IS NULL)", name="a_submitted_attempt_keeps_its_answers"),
        sa.CheckConstraint("(submitted_at IS NULL) = (passed IS NULL)", name="a_submitted_attempt_is_passed_or_not"),
        sa.CheckConstraint("(submitted_at IS NULL) = (result IS NULL)", name="a_submitted_attempt_keeps_its_result"),
        sa.CheckConstraint("(submitted_at IS NULL) = (score IS NULL)", name="a_submitted_attempt_has_a_score"),
        sa.CheckConstraint("closes_at IS NULL OR closes_at > started_at", name="attempts_close_after_they_begin"),
        sa.CheckConstraint("number >= 1", name="attempts_are_numbered_from_one"),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name="attempt_score_is_a_share"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_attempt_person_id_person"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_attempt_registration_id_registration"
        ),
        sa.PrimaryKeyConstraint("id", name="attempt_pkey"),
        sa.UniqueConstraint("registration_id", "number", name="uq_attempt_registration_id_number"),
    )
    op.create_index(
        "one_open_attempt_a_registration",
        "attempt",
        ["registration_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "reading_position",
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("part", KEY, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part BETWEEN 0 AND 10000", name="reading_positions_are_a_share"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_reading_position_registration_id_registration"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["course_unit.id"], name="fk_reading_position_unit_id_course_unit"),
        sa.PrimaryKeyConstraint("registration_id", "unit_id", name="reading_position_pkey"),
    )
    op.create_table(
        "unit_progress",
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("first_viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("completed_at IS NULL OR completed_at >= first_viewed_at", name="units_are_seen_first"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_unit_progress_registration_id_registration"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["course_unit.id"], name="fk_unit_progress_unit_id_course_unit"),
        sa.PrimaryKeyConstraint("registration_id", "unit_id", name="unit_progress_pkey"),
    )
    op.create_table(
        "video_position",
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("seconds", KEY, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seconds >= 0", name="videos_begin_at_zero"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_video_position_registration_id_registration"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["course_unit.id"], name="fk_video_position_unit_id_course_unit"),
        sa.PrimaryKeyConstraint("registration_id", "unit_id", "path", name="video_position_pkey"),
    )
    op.create_table(
        "answer",
        sa.Column("attempt_id", KEY, nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_answer_attempt_id_attempt"),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name="answer_pkey"),
    )
    op.create_table(
        "marked_answer",
        sa.Column("attempt_id", KEY, nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("points", KEY, nullable=False),
        sa.Column("attempt_score", KEY, nullable=False),
        sa.Column("chosen", sa.String(length=500), nullable=True),
        sa.CheckConstraint("points BETWEEN 0 AND 10000", name="answer_points_are_a_share"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_marked_answer_attempt_id_attempt"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name="fk_marked_answer_version_id_course_version"
        ),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name="marked_answer_pkey"),
    )
    op.create_index(
        "ix_marked_answer_version_id",
        "marked_answer",
        ["version_id", "language", "question_id", "chosen", "points", "attempt_score"],
        unique=False,
    )
    op.create_table(
        "regraded_attempt",
        sa.Column("regrade_id", KEY, nullable=False),
        sa.Column("attempt_id", KEY, nullable=False),
        sa.Column("score_before", KEY, nullable=False),
        sa.Column("score_after", KEY, nullable=False),
        sa.Column("passed_before", sa.Boolean(), nullable=False),
        sa.Column("passed_after", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.CheckConstraint("passed_after OR NOT passed_before", name="a_regrade_takes_no_pass_away"),
        sa.CheckConstraint("score_after BETWEEN 0 AND 10000", name="regraded_score_is_a_share"),
        sa.CheckConstraint("score_before BETWEEN 0 AND 10000", name="former_score_is_a_share"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_regraded_attempt_attempt_id_attempt"),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name="fk_regraded_attempt_regrade_id_regrade"),
        sa.PrimaryKeyConstraint("regrade_id", "attempt_id", name="regraded_attempt_pkey"),
    )
    op.create_index("ix_regraded_attempt_attempt_id", "regraded_attempt", ["attempt_id"], unique=False)
    op.create_table(
        "training_record",
        sa.Column("id", KEY, nullable=False),
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("assignment_id", KEY, nullable=True),
        sa.Column("attempt_id", KEY, nullable=True),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("partner_name", sa.Text(), nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("course_title", sa.Text(), nullable=False),
        sa.Column("course_version", sa.String(length=40), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("score", KEY, nullable=True),
        sa.Column("mastery_score", KEY, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("active_seconds", KEY, nullable=False),
        sa.Column("attestation_id", KEY, nullable=True),
        sa.Column("attestation_text", sa.Text(), nullable=True),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.Column("supersedes_id", KEY, nullable=True),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(score IS NULL) = (attempt_id IS NULL)", name="a_score_names_its_attempt"),
        sa.CheckConstraint("(supersedes_id IS NULL) = (correction_reason IS NULL)", name="a_corrected_record_says_why"),
        sa.CheckConstraint("length(trim(person_name)) > 0", name="records_name_their_person"),
        sa.CheckConstraint("mastery_score BETWEEN 0 AND 10000", name="record_mastery_score_is_a_share"),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name="record_score_is_a_share"),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= passed_on", name="records_lapse_after_they_are_made"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name="fk_training_record_assignment_id_assignment"
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_training_record_attempt_id_attempt"),
        sa.ForeignKeyConstraint(
            ["attestation_id"], ["signature.id"], name="fk_training_record_attestation_id_signature"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_training_record_course_id_course"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_training_record_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_training_record_person_id_person"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_training_record_registration_id_registration"
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["training_record.id"], name="fk_training_record_supersedes_id_training_record"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name="fk_training_record_version_id_course_version"
        ),
        sa.PrimaryKeyConstraint("id", name="training_record_pkey"),
        sa.UniqueConstraint("supersedes_id", name="uq_training_record_supersedes_id"),
    )
    op.create_index("ix_training_record_content_hash", "training_record", ["content_hash"], unique=False)
    op.create_index("ix_training_record_course_id", "training_record", ["course_id"], unique=False)
    op.create_index(
        "ix_training_record_person_id_course_id",
        "training_record",
        ["person_id", "course_id", "valid_until"],
        unique=False,
    )
    op.create_index(
        "ix_training_record_to_confirm",
        "training_record",
        ["id"],
        unique=False,
        sqlite_where=sa.text("needs_confirmation = 1"),
        postgresql_where=sa.text("needs_confirmation"),
    )
    op.create_index(
        "one_first_record_a_registration",
        "training_record",
        ["registration_id"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    op.create_table(
        "certificate",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(length=19), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "program_completion",
                "course_completion",
                name="certificate_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("determination_id", KEY, nullable=True),
        sa.Column("registration_id", KEY, nullable=True),
        sa.Column("training_record_id", KEY, nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("snapshot_digest", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_digest", sa.String(length=64), nullable=False),
        sa.Column("signing_key", sa.String(length=64), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("status_list", KEY, nullable=False),
        sa.Column("status_index", KEY, nullable=False),
        sa.Column("timestamped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by_id", KEY, nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", KEY, nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by_number", sa.String(length=19), nullable=True),
        sa.CheckConstraint(
            "(kind = 'course_completion') = (registration_id IS NOT NULL)",
            name="a_course_certificate_names_its_registration",
        ),
        sa.CheckConstraint(
            "(kind = 'program_completion') = (case_id IS NOT NULL)", name="a_program_certificate_names_its_case"
        ),
        sa.CheckConstraint(
            "determination_id IS NULL OR kind = 'program_completion'",
            name="only_a_program_certificate_names_a_determination",
        ),
        sa.CheckConstraint(
            "training_record_id IS NULL OR kind = 'course_completion'",
            name="only_a_course_certificate_names_a_training_record",
        ),
        sa.CheckConstraint("(revoked_at IS NULL) = (revocation_reason IS NULL)", name="a_revocation_says_why"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="a_revocation_says_by_whom"),
        sa.CheckConstraint(
            "(superseded_at IS NULL) = (superseded_by_number IS NULL)",
            name="a_superseded_certificate_names_the_newer_one",
        ),
        sa.CheckConstraint(
            "status_index >= 0 AND status_index < 131072", name="a_certificate_has_a_place_in_its_status_list"
        ),
        sa.CheckConstraint("status_list > 0", name="status_lists_are_counted_from_one"),
        sa.CheckConstraint(
            "superseded_by_number IS NULL OR superseded_by_number <> number", name="no_certificate_supersedes_itself"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_certificate_case_id_remediation_case"),
        sa.ForeignKeyConstraint(
            ["determination_id"], ["determination.id"], name="fk_certificate_determination_id_determination"
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name="fk_certificate_issued_by_id_person"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_certificate_partner_id_partner"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_certificate_person_id_person"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_certificate_registration_id_registration"
        ),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["person.id"], name="fk_certificate_revoked_by_id_person"),
        sa.ForeignKeyConstraint(
            ["superseded_by_number"],
            ["certificate.number"],
            name="fk_certificate_superseded_by_number_certificate",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["training_record_id"], ["training_record.id"], name="fk_certificate_training_record_id_training_record"
        ),
        sa.PrimaryKeyConstraint("id", name="certificate_pkey"),
        sa.UniqueConstraint("number", name="uq_certificate_number"),
        sa.UniqueConstraint("status_list", "status_index", name="one_certificate_a_place_in_a_status_list"),
        sa.UniqueConstraint("training_record_id", name="uq_certificate_training_record_id"),
    )
    op.create_index(
        "ix_certificate_ended",
        "certificate",
        ["status_list", "status_index"],
        unique=False,
        sqlite_where=sa.text("revoked_at IS NOT NULL OR superseded_at IS NOT NULL"),
        postgresql_where=sa.text("revoked_at IS NOT NULL OR superseded_at IS NOT NULL"),
    )
    op.create_index("ix_certificate_partner_id", "certificate", ["partner_id"], unique=False)
    op.create_index("ix_certificate_pdf_digest", "certificate", ["pdf_digest"], unique=False)
    op.create_index("ix_certificate_person_id", "certificate", ["person_id"], unique=False)
    op.create_index(
        "one_live_certificate_a_case",
        "certificate",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL AND superseded_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL AND superseded_at IS NULL"),
    )
    op.create_index(
        "one_live_certificate_a_registration",
        "certificate",
        ["registration_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL AND superseded_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL AND superseded_at IS NULL"),
    )
    op.create_table(
        "certificate_refusal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("training_record_id", KEY, nullable=True),
        sa.Column("determination_id", KEY, nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("tries", KEY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(training_record_id IS NULL) <> (determination_id IS NULL)", name="a_refusal_names_what_was_earned"
        ),
        sa.CheckConstraint("length(trim(sentence)) > 0", name="a_refusal_says_why"),
        sa.ForeignKeyConstraint(
            ["determination_id"], ["determination.id"], name="fk_certificate_refusal_determination_id_determination"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_certificate_refusal_partner_id_partner"),
        sa.ForeignKeyConstraint(
            ["training_record_id"],
            ["training_record.id"],
            name="fk_certificate_refusal_training_record_id_training_record",
        ),
        sa.PrimaryKeyConstraint("id", name="certificate_refusal_pkey"),
    )
    op.create_index("ix_certificate_refusal_open", "certificate_refusal", ["settled_at", "id"], unique=False)
    op.create_index(
        "one_open_refusal_a_determination",
        "certificate_refusal",
        ["determination_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "one_open_refusal_a_training_record",
        "certificate_refusal",
        ["training_record_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "record_confirmation",
        sa.Column("record_id", KEY, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "confirmed",
                "returned",
                name="confirmation_outcome_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("by_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome = 'confirmed' OR length(trim(comment)) > 0", name="a_returned_record_says_why"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_record_confirmation_by_id_person"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["training_record.id"], name="fk_record_confirmation_record_id_training_record"
        ),
        sa.PrimaryKeyConstraint("record_id", name="record_confirmation_pkey"),
    )
    op.create_table(
        "record_correction",
        sa.Column("id", KEY, nullable=False),
        sa.Column("record_id", KEY, nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "rejected",
                name="record_correction_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_correction_has_a_reason"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_record_correction_proposed_by_id_person"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["training_record.id"], name="fk_record_correction_record_id_training_record"
        ),
        sa.PrimaryKeyConstraint("id", name="record_correction_pkey"),
    )
    op.create_index("ix_record_correction_record_id", "record_correction", ["record_id"], unique=False)
    op.create_table(
        "certificate_bundle_item",
        sa.Column("id", KEY, nullable=False),
        sa.Column("bundle_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("certificate_id", KEY, nullable=True),
        sa.Column("training_record_id", KEY, nullable=True),
        sa.CheckConstraint("(certificate_id IS NULL) <> (training_record_id IS NULL)", name="an_item_names_one_thing"),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["certificate_bundle.id"], name="fk_certificate_bundle_item_bundle_id_certificate_bundle"
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_certificate_bundle_item_certificate_id_certificate"
        ),
        sa.ForeignKeyConstraint(
            ["training_record_id"],
            ["training_record.id"],
            name="fk_certificate_bundle_item_training_record_id_training_record",
        ),
        sa.PrimaryKeyConstraint("id", name="certificate_bundle_item_pkey"),
        sa.UniqueConstraint("bundle_id", "position", name="uq_certificate_bundle_item_bundle_id_position"),
    )
    op.create_table(
        "determination_review",
        sa.Column("id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("determination_id", KEY, nullable=False),
        sa.Column("certificate_id", KEY, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "stands", "falls", name="review_outcome_is_known", native_enum=False, create_constraint=True, length=48
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("words_to_partner", sa.Text(), nullable=False),
        sa.Column("steps_to_reopen", sa.JSON(), nullable=False),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (reason IS NULL)", name="an_outcome_says_why"),
        sa.CheckConstraint("concluded_at IS NULL OR outcome IS NOT NULL", name="a_concluded_review_has_an_outcome"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["remediation_case.id"], name="fk_determination_review_case_id_remediation_case"
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_determination_review_certificate_id_certificate"
        ),
        sa.ForeignKeyConstraint(
            ["determination_id"], ["determination.id"], name="fk_determination_review_determination_id_determination"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_determination_review_partner_id_partner"),
        sa.PrimaryKeyConstraint("id", name="determination_review_pkey"),
        sa.UniqueConstraint("certificate_id", name="uq_determination_review_certificate_id"),
    )
    op.create_index("ix_determination_review_case_id", "determination_review", ["case_id"], unique=False)
    op.create_index("ix_determination_review_open", "determination_review", ["concluded_at", "id"], unique=False)
    op.create_table(
        "release_order",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("certificate_id", KEY, nullable=False),
        sa.Column("certificate_digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "rejected",
                "withdrawn",
                "approved",
                "exported",
                "settled",
                name="release_order_state_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", KEY, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'exported', 'settled')) = (approved_at IS NOT NULL)",
            name="an_approved_order_says_since_when",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["remediation_case.id"], name="fk_release_order_case_id_remediation_case"),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_release_order_certificate_id_certificate"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_release_order_partner_id_partner"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_release_order_proposed_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="release_order_pkey"),
        sa.UniqueConstraint("number", name="uq_release_order_number"),
    )
    op.create_index("ix_release_order_case_id", "release_order", ["case_id"], unique=False)
    op.create_index("ix_release_order_partner_id_state", "release_order", ["partner_id", "state"], unique=False)
    op.create_index("ix_release_order_state", "release_order", ["state"], unique=False)
    op.create_table(
        "payment_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("sequence", KEY, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("exported_by_id", KEY, nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence > 0", name="payment_files_are_numbered_from_one"),
        sa.ForeignKeyConstraint(["exported_by_id"], ["person.id"], name="fk_payment_file_exported_by_id_person"),
        sa.ForeignKeyConstraint(["order_id"], ["release_order.id"], name="fk_payment_file_order_id_release_order"),
        sa.PrimaryKeyConstraint("id", name="payment_file_pkey"),
        sa.UniqueConstraint("order_id", "sequence", name="uq_payment_file_order_id_sequence"),
    )
    op.create_table(
        "release_hold",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("hold_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_release_hold_hold_id_hold"),
        sa.ForeignKeyConstraint(["order_id"], ["release_order.id"], name="fk_release_hold_order_id_release_order"),
        sa.PrimaryKeyConstraint("order_id", "hold_id", name="release_hold_pkey"),
    )
    op.create_index("ix_release_hold_hold_id", "release_hold", ["hold_id"], unique=False)
    op.create_table(
        "release_line",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("hold_id", KEY, nullable=False),
        sa.Column("earning_id", KEY, nullable=False),
        sa.Column("program_id", KEY, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", KEY, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="a_release_line_frees_something"),
        sa.ForeignKeyConstraint(["earning_id"], ["earning.id"], name="fk_release_line_earning_id_earning"),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_release_line_hold_id_hold"),
        sa.ForeignKeyConstraint(["order_id"], ["release_order.id"], name="fk_release_line_order_id_release_order"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_release_line_program_id_program"),
        sa.PrimaryKeyConstraint("id", name="release_line_pkey"),
        sa.UniqueConstraint("order_id", "earning_id", name="uq_release_line_order_id_earning_id"),
    )
    op.create_index("ix_release_line_earning_id", "release_line", ["earning_id"], unique=False)
    op.create_index("ix_release_line_hold_id", "release_line", ["hold_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("payment_file_id", KEY, nullable=False),
        sa.Column("release_line_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", KEY, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="a_payment_pays_something"),
        sa.ForeignKeyConstraint(
            ["payment_file_id"], ["payment_file.id"], name="fk_payment_payment_file_id_payment_file"
        ),
        sa.ForeignKeyConstraint(
            ["release_line_id"], ["release_line.id"], name="fk_payment_release_line_id_release_line"
        ),
        sa.PrimaryKeyConstraint("id", name="payment_pkey"),
        sa.UniqueConstraint("payment_file_id", "position", name="uq_payment_payment_file_id_position"),
        sa.UniqueConstraint("reference", name="uq_payment_reference"),
    )
    op.create_index("ix_payment_release_line_id", "payment", ["release_line_id"], unique=False)
    op.create_table(
        "acknowledgement",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "paid",
                "returned",
                name="payment_outcome_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("outcome <> 'returned' OR length(reason) > 0", name="a_returned_payment_says_why"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["acknowledgement_batch.id"], name="fk_acknowledgement_batch_id_acknowledgement_batch"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_acknowledgement_payment_id_payment"),
        sa.PrimaryKeyConstraint("id", name="acknowledgement_pkey"),
        sa.UniqueConstraint("payment_id", "outcome", name="uq_acknowledgement_payment_id_outcome"),
    )
    op.create_index("ix_acknowledgement_batch_id", "acknowledgement", ["batch_id"], unique=False)
    op.create_index("ix_acknowledgement_outcome_payment_id", "acknowledgement", ["outcome", "payment_id"], unique=False)
    op.create_table(
        "ledger_transaction",
        sa.Column("id", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "import",
                "hold",
                "hand_over",
                "release",
                "export",
                "payment",
                "return",
                "reversal",
                "cancellation",
                name="transaction_kind_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("earning_id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=True),
        sa.Column("hold_id", KEY, nullable=True),
        sa.Column("order_id", KEY, nullable=True),
        sa.Column("payment_id", KEY, nullable=True),
        sa.Column("reverses_id", KEY, nullable=True),
        sa.Column("by_id", KEY, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="a_reversal_names_what_it_reverses"),
        sa.CheckConstraint("kind <> 'import' OR batch_id IS NOT NULL", name="an_import_names_its_file"),
        sa.CheckConstraint("kind <> 'release' OR order_id IS NOT NULL", name="a_release_names_its_order"),
        sa.CheckConstraint(
            "kind NOT IN ('export', 'payment', 'return') OR payment_id IS NOT NULL",
            name="a_movement_by_a_payment_names_it",
        ),
        sa.CheckConstraint(
            "kind NOT IN ('hold', 'hand_over', 'cancellation') OR hold_id IS NOT NULL",
            name="a_movement_by_a_hold_names_it",
        ),
        sa.CheckConstraint("reverses_id IS NULL OR reverses_id < id", name="only_what_was_posted_earlier_is_reversed"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["earning_batch.id"], name="fk_ledger_transaction_batch_id_earning_batch"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_ledger_transaction_by_id_person"),
        sa.ForeignKeyConstraint(["earning_id"], ["earning.id"], name="fk_ledger_transaction_earning_id_earning"),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_ledger_transaction_hold_id_hold"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["release_order.id"], name="fk_ledger_transaction_order_id_release_order"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_ledger_transaction_payment_id_payment"),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_transaction.id"], name="fk_ledger_transaction_reverses_id_ledger_transaction"
        ),
        sa.PrimaryKeyConstraint("id", name="ledger_transaction_pkey"),
        sa.UniqueConstraint("reverses_id", name="uq_ledger_transaction_reverses_id"),
    )
    op.create_index("ix_ledger_transaction_at", "ledger_transaction", ["at"], unique=False)
    op.create_index("ix_ledger_transaction_earning_id", "ledger_transaction", ["earning_id"], unique=False)
    op.create_index("ix_ledger_transaction_hold_id", "ledger_transaction", ["hold_id"], unique=False)
    op.create_index("ix_ledger_transaction_order_id", "ledger_transaction", ["order_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", KEY, nullable=False),
        sa.Column("transaction_id", KEY, nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "expense",
                "payable",
                "held",
                "ordered",
                "exported",
                "paid",
                "forfeited",
                name="account_is_known",
                native_enum=False,
                create_constraint=True,
                length=48,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", KEY, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("partner_id", KEY, nullable=False),
        sa.Column("program_id", KEY, nullable=False),
        sa.Column("earning_id", KEY, nullable=False),
        sa.Column("hold_id", KEY, nullable=True),
        sa.CheckConstraint("(account = 'held') = (hold_id IS NOT NULL)", name="held_money_names_its_hold"),
        sa.CheckConstraint("amount_minor <> 0", name="a_posting_moves_something"),
        sa.CheckConstraint(
            "amount_minor BETWEEN -1000000000000000 AND 1000000000000000", name="postings_are_of_a_plausible_size"
        ),
        sa.ForeignKeyConstraint(["earning_id"], ["earning.id"], name="fk_posting_earning_id_earning"),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_posting_hold_id_hold"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_posting_partner_id_partner"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_posting_program_id_program"),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transaction.id"], name="fk_posting_transaction_id_ledger_transaction"
        ),
        sa.PrimaryKeyConstraint("id", name="posting_pkey"),
    )
    op.create_index(
        "ix_posting_account_balance", "posting", ["account", "currency", "partner_id", "amount_minor"], unique=False
    )
    op.create_index(
        "ix_posting_earning_id_account_hold_id",
        "posting",
        ["earning_id", "account", "hold_id", "amount_minor"],
        unique=False,
    )
    op.create_index(
        "ix_posting_hold_id", "posting", ["hold_id", "earning_id", "currency", "amount_minor"], unique=False
    )
    op.create_index(
        "ix_posting_partner_balance",
        "posting",
        ["partner_id", "program_id", "currency", "account", "amount_minor"],
        unique=False,
    )
    op.create_index("ix_posting_transaction_id", "posting", ["transaction_id"], unique=False)
    if dialect == "postgresql":
        for name, table, column, other, target in CIRCLES:
            op.create_foreign_key(name, table, other, [column], [target])
        op.execute(sa.text(REFUSE_CHANGE))
    for table, columns in FROZEN.items():
        for statement in append_only(table, columns, dialect):
            op.execute(sa.text(statement))
    for statement in GUARDS[dialect]:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        for name, table, _column, _other, _target in CIRCLES:
            op.drop_constraint(name, table, type_="foreignkey")
    else:
        op.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    if dialect == "postgresql":
        for function in ("refuse_change", "refuse_more_than_is_there", "refuse_unbalanced"):
            op.execute(sa.text(f"DROP FUNCTION IF EXISTS {function}()"))
