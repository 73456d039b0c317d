"""Money to tell stories with: earnings files, cases, holds, certificates and orders, made through the portal's own services."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Role
from app.accounts.models import Person
from app.certificates import services as certificates
from app.certificates.issuer import Issuer, issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import Locale
from app.certificates.services import Prepared
from app.decisions import services as decisions
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.incentives import services
from app.incentives.models import EarningBatch, Hold, PaymentFile, Posting, ReleaseOrder
from app.incentives.queries.cases import case_ref
from app.incentives.queries.invariants import Fault, faults
from app.incentives.rules import acknowledgement_file, earnings_file
from app.incentives.rules.delimited import read_table
from app.incentives.rules.holds import Scope
from app.incentives.rules.states import Account, ImportMode
from app.kernel.clock import now
from app.kernel.money import Money
from app.partners.models import Partner, Program
from app.remediation.models import RemediationCase
from app.remediation.rules.case_states import CaseState
from tests.certificates import two_people
from tests.certificates.specimens import PROGRAM
from tests.ground.world import World

InTransaction = Callable[[], AbstractContextManager[Session]]
HEADER = (
    "reference",
    "partner",
    "program",
    "earning_type",
    "earned_on",
    "currency",
    "amount",
    "location",
    "description",
    "reverses",
)


@dataclass(frozen=True)
class Row:
    """One line of an earnings file, as a person would write it."""

    amount: str
    currency: str = "EUR"
    reference: str = ""
    partner: str = "P-1001"
    program: str = "CLOUD"
    earning_type: str = "rebate"
    earned_on: str = "2026-01-15"
    location: str = ""
    description: str = "January rebate"
    reverses: str = ""


def earnings_csv(
    *rows: Row, delimiter: str = ",", totals: Sequence[tuple[str, int, str]] | None = None, bom: bool = False
) -> bytes:
    """The bytes of an earnings file; control totals are right unless given."""
    lines = [delimiter.join(HEADER)]
    for row in rows:
        cells = [getattr(row, column) for column in HEADER]
        lines.append(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells))
    if totals is None:
        sums: dict[str, list[Any]] = {}
        for row in rows:
            total = sums.setdefault(row.currency, [0, 0])
            total[0] += 1
            total[1] += int(row.amount.replace(".", "").replace("-", "") or 0) * (
                -1 if row.amount.startswith("-") else 1
            )
        totals = [
            (currency, count, _major(minor, [row.amount for row in rows if row.currency == currency]))
            for currency, (count, minor) in sums.items()
        ]
    lines += [delimiter.join(("TOTAL", currency, str(count), amount)) for currency, count, amount in totals]
    text = "\r\n".join(lines) + "\r\n"
    return text.encode("utf-8-sig" if bom else "utf-8")


def _major(minor: int, amounts: Sequence[str]) -> str:
    decimals = len(amounts[0].partition(".")[2])
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


@dataclass
class Books:
    """The people who handle money, and what they do, each act in a transaction of its own."""

    app: Flask
    world: World
    in_transaction: InTransaction
    reading: InTransaction
    partner: Partner
    program: Program
    people: dict[str, Actor] = field(default_factory=dict)
    made: int = 0
    kept_issuer: Issuer | None = None

    @property
    def issuer(self) -> Issuer:
        return self.kept_issuer or issuer(self.app.config["SETTINGS"])

    def who(self, key: str) -> Actor:
        """`analyst`, `approver` (compliance), `finance_analyst`, `finance_approver`."""
        if key not in self.people:
            roles = {
                "analyst": ("Sam", Role.COMPLIANCE_ANALYST),
                "approver": ("Priya", Role.COMPLIANCE_APPROVER),
                "finance_analyst": ("Hana", Role.FINANCE_ANALYST),
                "finance_approver": ("Luis", Role.FINANCE_APPROVER),
            }
            name, role = roles[key]
            self.people[key] = self.world.actor(self.world.person(name, role))
        return self.people[key]

    def file(self, *rows: Row, **more: Any) -> bytes:
        """A file whose lines have references of their own."""
        named = []
        for row in rows:
            self.made += 1
            named.append(row if row.reference else replace(row, reference=f"E-{self.made}"))
        return earnings_csv(*named, **more)

    def bring(
        self, *rows: Row, mode: ImportMode = ImportMode.ALL_OR_NOTHING, name: str = "earnings.csv", **more: Any
    ) -> EarningBatch:
        return self.bring_bytes(self.file(*rows, **more), mode=mode, name=name)

    def bring_bytes(
        self, content: bytes, *, mode: ImportMode = ImportMode.ALL_OR_NOTHING, name: str = "earnings.csv"
    ) -> EarningBatch:
        parsed = earnings_file.read(content, name)
        who = self.who("finance_analyst")
        with self.in_transaction() as session:
            return services.import_earnings(session, parsed, mode=mode, by=who, at=now())

    def case(
        self,
        state: CaseState = CaseState.IN_REMEDIATION,
        *,
        partner: Partner | None = None,
        program: Program | None = None,
    ) -> RemediationCase:
        """A case in a state, as the remediation room would have left it."""
        opened_by = self.who("analyst").person_id
        with self.in_transaction() as session:
            sequence = (session.scalar(select(func.max(RemediationCase.sequence))) or 0) + 1
            case = RemediationCase(
                number=f"RC-2026-{sequence:04d}",
                year=2026,
                sequence=sequence,
                partner_id=(partner or self.partner).id,
                program_id=(program or self.program).id,
                state=state,
                policy={},
                opened_by_id=opened_by,
                opened_at=now(),
                notified_at=now(),
                closed_at=now()
                if state in (CaseState.CLOSED_COMPLETED, CaseState.CLOSED_OFFBOARDED, CaseState.DISMISSED)
                else None,
            )
            session.add(case)
            session.flush()
            return case

    def close(self, case: RemediationCase, state: CaseState = CaseState.CLOSED_COMPLETED) -> None:
        with self.in_transaction() as session:
            found = session.get_one(RemediationCase, case.id)
            found.state, found.closed_at = state, now()

    def propose_hold(self, case: RemediationCase, *, per_ten_thousand: int = 10_000, **scope: Any) -> Hold:
        who = self.who("analyst")
        with self.in_transaction() as session:
            return services.propose_hold(
                session,
                case_ref(session, case.id),
                Scope(**scope),
                per_ten_thousand=per_ten_thousand,
                reason="Three infractions within two years.",
                by=who,
                at=now(),
            )

    def hold(self, case: RemediationCase, *, per_ten_thousand: int = 10_000, **scope: Any) -> Hold:
        """A hold in force, approved by a second person."""
        hold = self.propose_hold(case, per_ten_thousand=per_ten_thousand, **scope)
        self.decide(DecisionKind.HOLD, hold.id)
        return hold

    def decide(self, kind: DecisionKind, subject_id: int, *, approve: bool = True, by: Actor | None = None) -> None:
        """A second person decides, and what follows is done in the same transaction."""
        content, approved, rejected, key = {
            DecisionKind.HOLD: (services.hold_content, services.activate_hold, services.reject_hold, "approver"),
            DecisionKind.RELEASE_ORDER: (
                services.release_content,
                services.approve_release,
                services.reject_release,
                "finance_approver",
            ),
        }[kind]
        who = by or self.who(key)
        with self.in_transaction() as session:
            decision = session.scalars(
                select(Decision)
                .where(Decision.kind == kind, Decision.subject_id == subject_id)
                .order_by(Decision.id.desc())
            ).first()
            assert decision is not None
            decisions.decide(
                session,
                decision,
                approve=approve,
                current=content(session, subject_id),
                reason="Checked.",
                by=who,
                at=now(),
            )
            (approved if approve else rejected)(session, subject_id, by=who, at=now())

    def determine(self, case: RemediationCase, *, by: Actor | None = None) -> None:
        """A determination of the case, approved: only its decision matters here."""
        from app.remediation.models import Determination, EvidenceManifest
        from app.remediation.rules.case_states import Outcome

        proposer, approver = self.who("analyst"), by or self.who("approver")
        with self.in_transaction() as session:
            manifest = EvidenceManifest(case_id=case.id, number=1, content={}, digest="0" * 64, frozen_at=now())
            session.add(manifest)
            session.flush()
            determination = Determination(
                case_id=case.id,
                manifest_id=manifest.id,
                manifest_digest="0" * 64,
                outcome=Outcome.COMPLETED,
                reason="Done.",
                conditions="",
                steps_to_reopen=[],
                proposed_by_id=proposer.person_id,
                proposed_at=now(),
            )
            session.add(determination)
            session.flush()
            decision = decisions.propose(
                session,
                DecisionKind.DETERMINATION,
                determination.id,
                label=case.number,
                content={"case": case.number},
                partner_id=case.partner_id,
                reason="Done.",
                by=proposer,
                at=now(),
            )
            decisions.decide(
                session, decision, approve=True, current={"case": case.number}, reason="", by=approver, at=now()
            )

    def prepare_certificate(self, case_number: str, *, expires_on: date | None = None) -> Prepared:
        """A program completion certificate of this partner for a case number: rendered and signed, not issued."""
        with self.reading() as session:
            return certificates.prepare(
                session,
                replace(PROGRAM, case_number=case_number),
                holder=self.partner.legal_name,
                partner_name=self.partner.legal_name,
                partner_number=self.partner.number,
                issued_on=now().date(),
                expires_on=expires_on or (now() + timedelta(days=1096)).date(),
                time_zone=self.partner.time_zone,
                locale=Locale.ENGLISH,
                issuer=self.issuer,
                at=now(),
            )

    def certify(self, case: RemediationCase, *, expires_on: date | None = None) -> Certificate:
        """The case's program completion certificate, rendered and signed as in life."""
        prepared = self.prepare_certificate(case.number, expires_on=expires_on)
        by = self.who("approver")
        with self.in_transaction() as session:
            return certificates.issue(
                session,
                prepared,
                partner_id=self.partner.id,
                time_zone=self.partner.time_zone,
                case_id=case.id,
                by=by,
                at=now(),
            )

    def revoke(self, certificate: Certificate) -> None:
        two_people.revoke(
            self.in_transaction, certificate.id, proposer=self.who("analyst"), approver=self.who("approver")
        )

    def propose_release(self, case: RemediationCase, certificate: Certificate | None, **more: Any) -> ReleaseOrder:
        by = more.pop("by", None) or self.who("finance_analyst")
        with self.in_transaction() as session:
            return services.propose_release(
                session,
                case_ref(session, case.id),
                certificate.number if certificate else "",
                reason="The program is complete.",
                issuer=self.issuer,
                by=by,
                at=now(),
                **more,
            )

    def release(self, case: RemediationCase, certificate: Certificate) -> ReleaseOrder:
        order = self.propose_release(case, certificate)
        self.decide(DecisionKind.RELEASE_ORDER, order.id)
        return order

    def export(self, order: ReleaseOrder) -> PaymentFile:
        by = self.who("finance_analyst")
        with self.in_transaction() as session:
            return services.export_release(session, order.id, by=by, at=now())

    def export_returned(self, order: ReleaseOrder) -> PaymentFile:
        by = self.who("finance_analyst")
        with self.in_transaction() as session:
            return services.export_returned(session, order.id, by=by, at=now())

    def answer(self, file: PaymentFile, *, returned: Sequence[int] = (), days: int = 0) -> bytes:
        """The ERP's answer to a payment file: every payment paid, but those at the given positions returned."""
        table = read_table(
            file.content,
            required=("payment", "currency", "amount"),
            optional=("order", "case", "partner", "partner_name", "program", "earning", "earned_on", "description"),
        )
        lines = ["payment,outcome,happened_on,currency,amount,bank_reference,reason"]
        for position, row in enumerate(table.rows, start=1):
            came_back = position in returned
            lines.append(
                f"{row['payment']},{'returned' if came_back else 'paid'},{(now() + timedelta(days=days)).date()},"
                f"{row['currency']},{row['amount']},BANK-{position},{'Account closed' if came_back else ''}"
            )
        lines += [f"TOTAL,{total.currency},{total.count},{total.amount}" for total in table.totals]
        return ("\n".join(lines) + "\n").encode()

    def acknowledge(self, content: bytes) -> Any:
        parsed = acknowledgement_file.read(content)
        by = self.who("finance_analyst")
        with self.in_transaction() as session:
            return services.acknowledge_payments(session, parsed, by=by, at=now())

    def balance(
        self, account: Account, currency: str = "EUR", *, partner: Partner | None = None, program: Program | None = None
    ) -> int:
        """Minor units in an account of a partner."""
        with self.reading() as session:
            statement = select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(
                Posting.account == account,
                Posting.currency == currency,
                Posting.partner_id == (partner or self.partner).id,
            )
            if program is not None:
                statement = statement.where(Posting.program_id == program.id)
            return int(session.scalar(statement) or 0)

    def held(self, hold: Hold) -> list[Money]:
        with self.reading() as session:
            rows = session.execute(
                select(Posting.currency, func.sum(Posting.amount_minor))
                .where(Posting.hold_id == hold.id)
                .group_by(Posting.currency)
                .order_by(Posting.currency)
            ).all()
            return [Money(int(minor), currency) for currency, minor in rows if minor]

    def now_of(self, thing: Any) -> Any:
        """The row as it stands in the database."""
        with self.reading() as session:
            found = session.get_one(type(thing), thing.id)
            session.refresh(found)
            return found

    def faults(self) -> list[Fault]:
        with self.reading() as session:
            return faults(session, at=now())

    def decisions_open(self) -> int:
        with self.reading() as session:
            return session.scalar(select(func.count()).where(Decision.state == DecisionState.PROPOSED)) or 0

    def person(self, name: str, *roles: Role, partner: Partner | None = None) -> Person:
        return self.world.person(name, *roles, partner=partner)
