"""Staff of finance see the days of three books, and settle their differences."""

from typing import Any, ClassVar

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import Forbidden, NotFound, Refusal, Unauthenticated
from server.payments import service
from server.payments.models import (
    BillNotThere,
    DifferenceId,
    DifferenceSettled,
    MoreThanLeft,
    NothingToRefund,
    ReconciliationReport,
    Reconciliations,
    ReconciliationsQuery,
    RefundTooLate,
    RefundTooSoon,
    Settlement,
    StillDiffers,
    TooManyRefunds,
    WholeOnly,
    WrongAction,
)
from server.values import On


class Days(ApiHandler):
    @endpoint(scope="reconciliation")
    async def get(self, query: ReconciliationsQuery) -> Reconciliations:
        """Days with what each side says they came to, newest first."""
        return await service.reconciliations(self.app, query.next)


class Day(ApiHandler):
    @endpoint(scope="reconciliation", refusals=(NotFound,))
    async def get(self, on: On) -> ReconciliationReport:
        """A day with its differences, the open ones first."""
        return await service.reconciliation(self.app, on, by=self.actor)

    @endpoint(scope="reconciliation", refusals=(BillNotThere, NotFound))
    async def post(self, on: On) -> ReconciliationReport:
        """Compare this day now; the same books give the same differences."""
        return await service.reconcile_again(self.app, on, by=self.actor)


class DifferenceSettlement(ApiHandler):
    @endpoint(
        scope="reconciliation",
        refusals=(
            BillNotThere,
            DifferenceSettled,
            MoreThanLeft,
            NotFound,
            NothingToRefund,
            RefundTooLate,
            RefundTooSoon,
            StillDiffers,
            TooManyRefunds,
            WholeOnly,
            WrongAction,
        ),
    )
    async def post(self, body: Settlement, on: On, difference_id: DifferenceId) -> ReconciliationReport:
        """Settle a difference: ask WeChat Pay or tell the HIS again, send money back, correct our books, explain."""
        return await service.settle_difference(self.app, on, difference_id, body, by=self.actor)


class DaySheet(ApiHandler):
    """A day's differences for a spreadsheet."""

    described: ClassVar[dict[str, Any]] = {
        "get": {
            "operationId": "get_staff_reconciliations_on_sheet",
            "tags": ["staff/reconciliations"],
            "summary": "A day's differences as a CSV file.",
            "parameters": [{"name": "on", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "完成。", "content": {"text/csv": {}}},
                **{
                    status: {"description": f"`{refusal.code}`: {refusal.message}"}
                    for status, refusal in (("401", Unauthenticated), ("403", Forbidden), ("404", NotFound))
                },
            },
            "security": [{"staff": []}],
            "x-scope": "reconciliation",
        }
    }

    async def get(self, on: str) -> None:
        """CSV; NotFound 404."""
        try:
            await self.admit("reconciliation")
            text = await service.reconciliation_csv(self.app, on, by=self.actor)
        except Refusal as refusal:
            return self.refuse(refusal)
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="reconciliation.csv"')
        self.finish(text)


routes = [
    route("/api/staff/reconciliations", Days),
    route("/api/staff/reconciliations/{on}", Day),
    route("/api/staff/reconciliations/{on}/sheet", DaySheet),
    route("/api/staff/reconciliations/{on}/differences/{difference_id}/settlement", DifferenceSettlement),
]
