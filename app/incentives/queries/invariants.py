"""What must always hold of the money, asked of the rows themselves. `flask check` prints what this finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, undefer

from app.certificates.models import Certificate
from app.certificates.queries import fits, key_of_case
from app.certificates.rules.snapshot import CertificateKind
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.incentives.models import (
    Earning,
    EarningBatch,
    EarningReject,
    Hold,
    LedgerTransaction,
    Payment,
    PaymentFile,
    Posting,
    ReleaseLine,
    ReleaseOrder,
)
from app.incentives.queries import books
from app.incentives.queries.cases import case_refs
from app.incentives.rules.holds import settle
from app.incentives.rules.states import (
    BLOCKING,
    RELEASED_ORDERS,
    Account,
    BatchState,
    HoldState,
    TransactionKind,
)
from app.kernel.errors import DomainError
from app.kernel.money import Money
from app.partners.models import Partner, Program

BALANCED = "postings add up to nothing, per transaction and currency"
NEVER_BELOW = "held money is never below nothing, at every point of the ledger"
RELEASE_BASIS = "a release names an approved order, two people and a certificate that was valid then"
CASE_OPEN = "an active hold has an open case, or a certificate that unlocks it"
DIGESTS = "what was exported is what is stored"
EARNING_WHOLE = "an earning's money is all there, and nothing besides"
CAUGHT = "an active hold withholds its share of every earning that it covers"
HOLD_BASIS = "a hold in force was approved by a second person"
FILES = "an imported file's lines are all accounted for"


@dataclass(frozen=True)
class Fault:
    """A row that breaks an invariant: which one, which row, and what is wrong, in a sentence."""

    invariant: str
    row: str
    sentence: str


def faults(session: Session, *, at: datetime | None = None) -> list[Fault]:
    """Every row of the books that breaks an invariant; empty when all is well. Reads only.

    `at` is when certificates are judged that should unlock the holds of closed cases; the newest posting's time if not given.
    """
    moment = at or session.scalar(select(func.max(LedgerTransaction.at)))
    checks: tuple[Callable[[Session], Iterator[Fault]], ...] = (
        _unbalanced,
        _below_nothing,
        _overdrawn,
        _incomplete_earnings,
        _misplaced_postings,
        _unfounded_holds,
        _ended_holds_with_money,
        _uncaught,
        _unfounded_releases,
        _unmatched_releases,
        _altered_files,
        _miscounted_files,
    )
    found = [fault for check in checks for fault in check(session)]
    return [*found, *_holds_of_closed_cases(session, moment)]


def _shown(minor: int, currency: str) -> str:
    try:
        money = Money(int(minor), currency)
        return f"{money.plain()} {currency}"
    except DomainError:
        return f"{minor} {currency}"


def _unbalanced(session: Session) -> Iterator[Fault]:
    for row in session.execute(
        select(Posting.transaction_id, Posting.currency, func.sum(Posting.amount_minor).label("minor"))
        .group_by(Posting.transaction_id, Posting.currency)
        .having(func.sum(Posting.amount_minor) != 0)
    ):
        yield Fault(
            BALANCED,
            f"ledger transaction {row.transaction_id}",
            f"Its postings in {row.currency} add up to {_shown(row.minor, row.currency)}, not to nothing.",
        )
    for lone in session.execute(
        select(LedgerTransaction.id, func.count(Posting.id).label("postings"))
        .outerjoin(Posting, Posting.transaction_id == LedgerTransaction.id)
        .group_by(LedgerTransaction.id)
        .having(func.count(Posting.id) < 2)
    ):
        yield Fault(
            BALANCED,
            f"ledger transaction {lone.id}",
            f"It has {lone.postings} postings; a transaction has two or more.",
        )


def _below_nothing(session: Session) -> Iterator[Fault]:
    """The running sum of held money per partner, program and currency, posting by posting."""
    running = (
        select(
            Posting.id,
            Posting.partner_id,
            Posting.program_id,
            Posting.currency,
            func.sum(Posting.amount_minor)
            .over(
                partition_by=(Posting.partner_id, Posting.program_id, Posting.currency),
                order_by=(Posting.transaction_id, Posting.id),
            )
            .label("balance"),
        )
        .where(Posting.account == Account.HELD)
        .subquery()
    )
    first = (
        select(func.min(running.c.id).label("id"))
        .where(running.c.balance < 0)
        .group_by(running.c.partner_id, running.c.program_id, running.c.currency)
    )
    for row in session.execute(
        select(running, Partner.number, Program.code)
        .join(Partner, Partner.id == running.c.partner_id)
        .join(Program, Program.id == running.c.program_id)
        .where(running.c.id.in_(first))
    ):
        yield Fault(
            NEVER_BELOW,
            f"posting {row.id}",
            f"With it, {_shown(row.balance, row.currency)} is held of {row.number} in {row.code}.",
        )


def _overdrawn(session: Session) -> Iterator[Fault]:
    """No account of an earning but the one it came from is below nothing, and no hold withholds less than nothing of it."""
    below = (
        select(
            Posting.earning_id,
            Posting.account,
            Posting.hold_id,
            Posting.currency,
            func.sum(Posting.amount_minor).label("minor"),
        )
        .where(Posting.account != Account.EXPENSE)
        .group_by(Posting.earning_id, Posting.account, Posting.hold_id, Posting.currency)
        .having(func.sum(Posting.amount_minor) < 0)
        .subquery()
    )
    for row in session.execute(
        select(Earning.reference, below, Hold.number)
        .join(Earning, Earning.id == below.c.earning_id)
        .outerjoin(Hold, Hold.id == below.c.hold_id)
    ):
        where = f" by hold {row.number}" if row.number else ""
        yield Fault(
            NEVER_BELOW,
            f"earning {row.reference}",
            f"{_shown(row.minor, row.currency)} of it is {row.account.value}{where}.",
        )


def _incomplete_earnings(session: Session) -> Iterator[Fault]:
    reversal = aliased(Earning)
    there = (
        select(Posting.earning_id, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.account != Account.EXPENSE)
        .group_by(Posting.earning_id)
        .subquery()
    )
    expected = func.coalesce(Earning.amount_minor + func.coalesce(reversal.amount_minor, 0), 0)
    for row in session.execute(
        select(
            Earning.reference,
            Earning.currency,
            expected.label("expected"),
            func.coalesce(there.c.minor, 0).label("minor"),
        )
        .outerjoin(reversal, reversal.reverses_id == Earning.id)
        .outerjoin(there, there.c.earning_id == Earning.id)
        .where(Earning.reverses_id.is_(None), expected != func.coalesce(there.c.minor, 0))
    ):
        yield Fault(
            EARNING_WHOLE,
            f"earning {row.reference}",
            f"Its accounts hold {_shown(row.minor, row.currency)}; they should hold {_shown(row.expected, row.currency)}.",
        )
    imports = (
        select(LedgerTransaction.earning_id, func.count().label("imports"))
        .where(LedgerTransaction.kind == TransactionKind.IMPORT)
        .group_by(LedgerTransaction.earning_id)
        .subquery()
    )
    for row in session.execute(
        select(Earning.reference, func.coalesce(imports.c.imports, 0).label("imports"))
        .outerjoin(imports, imports.c.earning_id == Earning.id)
        .where(Earning.reverses_id.is_(None), func.coalesce(imports.c.imports, 0) != 1)
    ):
        yield Fault(EARNING_WHOLE, f"earning {row.reference}", f"It was brought into the books {row.imports} times.")


def _misplaced_postings(session: Session) -> Iterator[Fault]:
    """A posting is filed under the partner, program and currency of its earning, and its hold is of that partner."""
    for row in session.execute(
        select(Posting.id, Earning.reference)
        .join(Earning, Earning.id == Posting.earning_id)
        .join(LedgerTransaction, LedgerTransaction.id == Posting.transaction_id)
        .outerjoin(Hold, Hold.id == Posting.hold_id)
        .where(
            or_(
                Posting.partner_id != Earning.partner_id,
                Posting.program_id != Earning.program_id,
                Posting.currency != Earning.currency,
                LedgerTransaction.earning_id != Posting.earning_id,
                and_(Posting.hold_id.is_not(None), Hold.partner_id != Posting.partner_id),
            )
        )
    ):
        yield Fault(
            EARNING_WHOLE,
            f"posting {row.id}",
            f"It is filed under another partner, program or currency than earning {row.reference}.",
        )


def _approved(kind: DecisionKind, subject: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return (
        select(Decision.id)
        .where(
            Decision.kind == kind,
            Decision.subject_id == subject,
            Decision.state == DecisionState.APPROVED,
            Decision.decided_by_id.is_not(None),
            Decision.decided_by_id != Decision.proposed_by_id,
        )
        .exists()
    )


def _unfounded_holds(session: Session) -> Iterator[Fault]:
    for number in session.scalars(
        select(Hold.number).where(Hold.activated_at.is_not(None), ~_approved(DecisionKind.HOLD, Hold.id))
    ):
        yield Fault(HOLD_BASIS, f"hold {number}", "It is or was in force without the approval of a second person.")


def _ended_holds_with_money(session: Session) -> Iterator[Fault]:
    for row in session.execute(
        select(Hold.number, Hold.state, Posting.currency, func.sum(Posting.amount_minor).label("minor"))
        .join(Posting, Posting.hold_id == Hold.id)
        .where(Hold.state.not_in(BLOCKING))
        .group_by(Hold.number, Hold.state, Posting.currency)
        .having(func.sum(Posting.amount_minor) != 0)
    ):
        yield Fault(
            CAUGHT,
            f"hold {row.number}",
            f"It is {row.state.value} and still withholds {_shown(row.minor, row.currency)}.",
        )


def _uncaught(session: Session) -> Iterator[Fault]:
    """Every earning of a partner with a blocking hold, held against what its holds ask for."""
    partner_ids = session.scalars(select(Hold.partner_id).where(Hold.state.in_(BLOCKING)).distinct()).all()
    numbers = {
        row.id: row.number for row in session.execute(select(Hold.id, Hold.number).where(Hold.state.in_(BLOCKING)))
    }
    for partner_id in partner_ids:
        blocks = books.blocks(session, [partner_id])[partner_id]
        for earning, standing in books.of_partner(session, partner_id):
            for move in settle(earning, standing, blocks, excess_to=Account.PAYABLE):
                reference = session.scalar(select(Earning.reference).where(Earning.id == earning.earning_id))
                amount = _shown(move.minor, earning.money.currency)
                if move.target_hold is not None:
                    hold = numbers.get(move.target_hold, str(move.target_hold))
                    sentence = f"Hold {hold} should withhold a further {amount} of it."
                else:
                    hold = numbers.get(move.source_hold or 0, str(move.source_hold))
                    sentence = f"Hold {hold} withholds {amount} of it that no active hold asks for."
                yield Fault(CAUGHT, f"earning {reference}", sentence)


def _unfounded_releases(session: Session) -> Iterator[Fault]:
    released = (
        select(ReleaseOrder, _approved(DecisionKind.RELEASE_ORDER, ReleaseOrder.id).label("approved"), Certificate)
        .outerjoin(Certificate, Certificate.id == ReleaseOrder.certificate_id)
        .where(ReleaseOrder.state.in_(RELEASED_ORDERS))
        .order_by(ReleaseOrder.id)
    )
    for row in session.execute(released):
        order: ReleaseOrder = row.ReleaseOrder
        certificate: Certificate | None = row.Certificate
        reasons = []
        if not row.approved:
            reasons.append("no second person approved it")
        if certificate is None or certificate.kind is not CertificateKind.PROGRAM_COMPLETION:
            reasons.append("its certificate is not a program completion certificate")
        elif certificate.case_id != order.case_id:
            reasons.append("its certificate was issued for another case")
        elif certificate.pdf_digest != order.certificate_digest:
            reasons.append("its certificate is not the one that was checked")
        elif not _stood(certificate, order.approved_at):
            reasons.append("its certificate was not valid when it was approved")
        for reason in reasons:
            for line_id in _line_ids(session, order.id):
                yield Fault(
                    RELEASE_BASIS, f"release line {line_id} of {order.number}", f"Money was released: {reason}."
                )


def _line_ids(session: Session, order_id: int) -> list[int]:
    return list(
        session.scalars(select(ReleaseLine.id).where(ReleaseLine.order_id == order_id).order_by(ReleaseLine.id))
    )


def _stood(certificate: Certificate, at: datetime | None) -> bool:
    return (
        at is not None
        and certificate.issued_at <= at
        and (certificate.revoked_at is None or certificate.revoked_at >= at)
        and (certificate.superseded_at is None or certificate.superseded_at >= at)
        and (certificate.expires_at is None or certificate.expires_at >= at)
    )


def _unmatched_releases(session: Session) -> Iterator[Fault]:
    """What the ledger let go for an order is exactly the order's lines, and only released orders let anything go."""
    posted = (
        select(LedgerTransaction.order_id, Posting.earning_id, func.sum(Posting.amount_minor).label("minor"))
        .join(Posting, Posting.transaction_id == LedgerTransaction.id)
        .where(LedgerTransaction.kind == TransactionKind.RELEASE, Posting.account == Account.ORDERED)
        .group_by(LedgerTransaction.order_id, Posting.earning_id)
        .subquery()
    )
    for row in session.execute(
        select(ReleaseLine, ReleaseOrder.number, ReleaseOrder.state, func.coalesce(posted.c.minor, 0).label("minor"))
        .join(ReleaseOrder, ReleaseOrder.id == ReleaseLine.order_id)
        .outerjoin(
            posted,
            and_(posted.c.order_id == ReleaseLine.order_id, posted.c.earning_id == ReleaseLine.earning_id),
        )
    ):
        line = row.ReleaseLine
        expected = line.amount_minor if row.state in RELEASED_ORDERS else 0
        if row.minor != expected:
            yield Fault(
                RELEASE_BASIS,
                f"release line {line.id} of {row.number}",
                f"The ledger let {_shown(row.minor, line.currency)} go for it; "
                f"its order is {row.state.value}, so it should be {_shown(expected, line.currency)}.",
            )
    for row in session.execute(
        select(posted.c.order_id, Earning.reference)
        .join(Earning, Earning.id == posted.c.earning_id)
        .outerjoin(
            ReleaseLine,
            and_(ReleaseLine.order_id == posted.c.order_id, ReleaseLine.earning_id == posted.c.earning_id),
        )
        .where(ReleaseLine.id.is_(None))
    ):
        yield Fault(
            RELEASE_BASIS, f"earning {row.reference}", f"Order {row.order_id} let it go without a line that says so."
        )


def _digest(content: object) -> str:
    """SHA-256 of stored bytes; SQLite also gives back text where somebody wrote text over them."""
    return sha256(content if isinstance(content, bytes) else str(content).encode()).hexdigest()


def _altered_files(session: Session) -> Iterator[Fault]:
    for row in session.execute(
        select(PaymentFile, ReleaseOrder.number)
        .join(ReleaseOrder, ReleaseOrder.id == PaymentFile.order_id)
        .options(undefer(PaymentFile.content))
        .execution_options(yield_per=20)
    ):
        file = row.PaymentFile
        name = f"payment file {file.sequence} of {row.number}"
        if _digest(file.content) != file.sha256:
            yield Fault(DIGESTS, name, "The stored bytes no longer have the digest that they left with.")
        sums = [
            [paid.currency, paid.count, int(paid.minor)]
            for paid in session.execute(
                select(
                    Payment.currency,
                    func.count().label("count"),
                    func.sum(Payment.amount_minor).label("minor"),
                )
                .where(Payment.payment_file_id == file.id)
                .group_by(Payment.currency)
                .order_by(Payment.currency)
            )
        ]
        if sums != [list(total) for total in file.totals]:
            yield Fault(DIGESTS, name, "Its control totals are not the sums of its payments.")
    for payment in session.execute(
        select(Payment.reference, func.coalesce(func.sum(Posting.amount_minor), 0).label("minor"), Payment.amount_minor)
        .outerjoin(
            LedgerTransaction,
            and_(LedgerTransaction.payment_id == Payment.id, LedgerTransaction.kind == TransactionKind.EXPORT),
        )
        .outerjoin(Posting, and_(Posting.transaction_id == LedgerTransaction.id, Posting.account == Account.EXPORTED))
        .group_by(Payment.id)
        .having(func.coalesce(func.sum(Posting.amount_minor), 0) != Payment.amount_minor)
    ):
        yield Fault(
            DIGESTS, f"payment {payment.reference}", "The ledger does not say that this amount was exported once."
        )


def _miscounted_files(session: Session) -> Iterator[Fault]:
    taken = select(func.count()).where(Earning.batch_id == EarningBatch.id).scalar_subquery()
    kept = select(func.count()).where(EarningReject.batch_id == EarningBatch.id).scalar_subquery()
    for row in session.execute(
        select(EarningBatch, taken.label("taken"), kept.label("kept")).where(EarningBatch.state != BatchState.CHECKED)
    ):
        batch = row.EarningBatch
        whole = batch.state is BatchState.REFUSED
        if (
            batch.accepted != row.taken
            or batch.accepted + batch.rejected != batch.lines
            or (not whole and batch.rejected != row.kept)
        ):
            yield Fault(
                FILES,
                f"earnings file {batch.id}",
                f"It has {batch.lines} lines: {row.taken} are in the books, {row.kept} are kept as rejected, "
                f"it says {batch.accepted} and {batch.rejected}.",
            )


def _holds_of_closed_cases(session: Session, at: datetime | None) -> Iterator[Fault]:
    holds = session.scalars(select(Hold).where(Hold.state.in_({*BLOCKING, HoldState.PROPOSED})).order_by(Hold.id)).all()
    cases = case_refs(session, {hold.case_id for hold in holds})
    for hold in holds:
        case = cases.get(hold.case_id)
        if case is not None and not case.is_closed:
            continue
        key = key_of_case(session, hold.case_id)
        if at is not None and key is not None and fits(session, key.id, case_id=hold.case_id, at=at).ok:
            continue
        state = case.state.replace("_", " ") if case else "missing"
        yield Fault(
            CASE_OPEN,
            f"hold {hold.number}",
            f"It is {hold.state.value.replace('_', ' ')}, but its case {case.number if case else hold.case_id} is {state} "
            "and no certificate unlocks it.",
        )
