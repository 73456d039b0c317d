"""The ledger: every movement of money as postings that add up to nothing. Never changed, never deleted; a mistake is reversed."""

from datetime import datetime

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, mapped_column

from app.incentives.rules.states import Account, TransactionKind
from app.kernel.database import Base, append_only, choice


class LedgerTransaction(Base):
    """One movement of one earning's money, and its cause: a file, a hold, an order, a payment, or the transaction it takes back."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        CheckConstraint("kind <> 'import' OR batch_id IS NOT NULL", name="an_import_names_its_file"),
        CheckConstraint(
            "kind NOT IN ('hold', 'hand_over', 'cancellation') OR hold_id IS NOT NULL",
            name="a_movement_by_a_hold_names_it",
        ),
        CheckConstraint("kind <> 'release' OR order_id IS NOT NULL", name="a_release_names_its_order"),
        CheckConstraint(
            "kind NOT IN ('export', 'payment', 'return') OR payment_id IS NOT NULL",
            name="a_movement_by_a_payment_names_it",
        ),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="a_reversal_names_what_it_reverses"),
        CheckConstraint("reverses_id IS NULL OR reverses_id < id", name="only_what_was_posted_earlier_is_reversed"),
        Index("ix_ledger_transaction_earning_id", "earning_id"),
        Index("ix_ledger_transaction_hold_id", "hold_id"),
        Index("ix_ledger_transaction_order_id", "order_id"),
        Index("ix_ledger_transaction_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TransactionKind] = mapped_column(choice(TransactionKind, name="transaction_kind_is_known"))
    earning_id: Mapped[int] = mapped_column(ForeignKey("earning.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("earning_batch.id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("hold.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("release_order.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transaction.id"), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


append_only(LedgerTransaction.__table__)


class Posting(Base):
    """One side of a movement: so many minor units into (above zero) or out of (below zero) an account of an earning."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="a_posting_moves_something"),
        CheckConstraint(
            "amount_minor BETWEEN -1000000000000000 AND 1000000000000000", name="postings_are_of_a_plausible_size"
        ),
        CheckConstraint("(account = 'held') = (hold_id IS NOT NULL)", name="held_money_names_its_hold"),
        Index("ix_posting_transaction_id", "transaction_id"),
        Index("ix_posting_earning_id_account_hold_id", "earning_id", "account", "hold_id", "amount_minor"),
        Index("ix_posting_partner_balance", "partner_id", "program_id", "currency", "account", "amount_minor"),
        Index("ix_posting_account_balance", "account", "currency", "partner_id", "amount_minor"),
        Index("ix_posting_hold_id", "hold_id", "earning_id", "currency", "amount_minor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transaction.id"))
    account: Mapped[Account] = mapped_column(choice(Account, name="account_is_known"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    earning_id: Mapped[int] = mapped_column(ForeignKey("earning.id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("hold.id"))


append_only(Posting.__table__)


def ledger_guard_ddl(dialect: str) -> list[str]:
    """Statements that make the database itself refuse to take more out of an earning's account than is in it.

    PostgreSQL also refuses to commit a transaction whose postings do not add up to nothing. SQLite has no deferred
    triggers: there the one function that posts, and `flask check`, see to it.
    """
    if dialect == "sqlite":
        return [
            "CREATE TRIGGER posting_takes_only_what_is_there BEFORE INSERT ON posting "
            "WHEN NEW.amount_minor < 0 AND NEW.account <> 'expense' BEGIN "
            "SELECT RAISE(ABORT, 'a posting takes more than is there') WHERE NEW.amount_minor + "
            "(SELECT COALESCE(SUM(amount_minor), 0) FROM posting WHERE earning_id = NEW.earning_id "
            "AND account = NEW.account AND hold_id IS NEW.hold_id) < 0; END"
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_more_than_is_there() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.amount_minor + (SELECT COALESCE(SUM(amount_minor), 0) FROM posting WHERE earning_id = NEW.earning_id "
        "AND account = NEW.account AND hold_id IS NOT DISTINCT FROM NEW.hold_id) < 0 THEN "
        "RAISE EXCEPTION 'a posting takes more than is there' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER posting_takes_only_what_is_there BEFORE INSERT ON posting FOR EACH ROW "
        "WHEN (NEW.amount_minor < 0 AND NEW.account <> 'expense') EXECUTE FUNCTION refuse_more_than_is_there()",
        "CREATE OR REPLACE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM posting WHERE transaction_id = NEW.transaction_id GROUP BY currency "
        "HAVING SUM(amount_minor) <> 0) THEN "
        "RAISE EXCEPTION 'the postings of a transaction do not add up to nothing' USING ERRCODE = 'check_violation'; "
        "END IF; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER postings_add_up_to_nothing AFTER INSERT ON posting "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()",
    ]


def _guard() -> None:
    Base.metadata.tables["posting"].info["guards"] = ledger_guard_ddl
    for dialect in ("sqlite", "postgresql"):
        for statement in ledger_guard_ddl(dialect):
            ddl: DDL = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(Posting.__table__, "after_create", ddl.execute_if(dialect=dialect))


_guard()
