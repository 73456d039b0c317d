"""The acts of finance: earnings arrive, an order is proposed, approved, exported and paid."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.acts.act import Act
from app.cli.demo.files import Earned, acknowledgement_file, earnings_file
from app.decisions.rules import DecisionKind
from app.incentives import services as incentives
from app.incentives.models import PaymentFile, ReleaseOrder
from app.incentives.queries.cases import case_ref
from app.incentives.rules import acknowledgement_file as acknowledgements
from app.incentives.rules import earnings_file as earnings
from app.incentives.rules.states import ImportMode
from app.kernel.money import Money, decimals
from app.transactions import reading


class MoneyActs(Act):
    """Earnings in, payments out."""

    def earn(
        self, quarter: str, shares: tuple[int, ...], *, program: str = "CLOUD", description: str = "Growth incentive"
    ) -> None:
        """A file of earnings arrives: `shares` are whole units of the company's currency."""
        unit = 10 ** decimals(self.company.currency)
        scale = 100 if self.company.currency == "JPY" else 1
        on = self.today() - timedelta(days=3)
        lines = [
            Earned(
                f"{self.company.number}-{program}-{quarter}-{position}",
                self.company.number,
                program,
                "growth",
                on,
                Money(share * unit * scale, self.company.currency),
                self.company.location[0],
                f"{description} {quarter}",
            )
            for position, share in enumerate(shares, start=1)
        ]
        file = earnings.read(earnings_file(lines), f"earnings-{self.company.number}-{program}-{quarter}.csv")
        analyst = self.staff("finance_analyst")
        with self.stage.act(
            analyst, f"imports {len(lines)} {program} earnings of {self.company.legal_name}, control totals checked"
        ) as (session, by, at):
            incentives.import_earnings(session, file, mode=ImportMode.ALL_OR_NOTHING, by=by, at=at)

    def propose_release(self) -> None:
        with self.stage.act(
            self.staff("finance_analyst"), "proposes the release order on the strength of the certificate"
        ) as (session, by, at):
            case = self.case_of(session)
            certificate = self.stage.key_of(session, case.id)
            incentives.propose_release(
                session,
                case_ref(session, case.id),
                certificate,
                reason="The remediation was determined to be completed.",
                issuer=self.stage.issuer,
                by=by,
                at=at,
            )

    def release(self) -> None:
        self.expect_refusal(self.staff("finance_analyst"), DecisionKind.RELEASE_ORDER, "approve the own release order")
        self.expect_refusal(
            self.staff("approver"),
            DecisionKind.RELEASE_ORDER,
            "approve the release, having approved the determination",
        )
        self.decide(DecisionKind.RELEASE_ORDER, "approves the release order")

    def export(self) -> bytes:
        with self.stage.act(self.staff("finance_analyst"), "exports the order as a CSV file with control totals") as (
            session,
            by,
            at,
        ):
            file = incentives.export_release(session, self._order(session).id, by=by, at=at)
            content = bytes(file.content)
        return content

    def pay(self) -> bytes:
        session = reading()
        file = session.scalars(
            select(PaymentFile).where(PaymentFile.order_id == self._order(session).id).order_by(PaymentFile.id)
        ).first()
        if file is None:
            raise RuntimeError("The order should have been exported.")
        answer = acknowledgement_file(bytes(file.content), self.today())
        with self.stage.act(self.staff("finance_analyst"), "records the acknowledgement file: paid") as (
            session,
            by,
            at,
        ):
            incentives.acknowledge_payments(session, acknowledgements.read(answer, "acknowledgement.csv"), by=by, at=at)
        return answer

    def _order(self, session: Session) -> ReleaseOrder:
        return session.scalars(
            select(ReleaseOrder)
            .where(ReleaseOrder.case_id == self.case_of(session).id)
            .order_by(ReleaseOrder.id.desc())
        ).first()  # type: ignore[return-value]
