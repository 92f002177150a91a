"""Outpatient bills of patients: read and pay."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.bills import service
from server.bills.models import Bill, BillInconsistent, BillQuery, Bills, BillSettled
from server.errors import Conflict, NotFound
from server.patients.models import RecordsClosed
from server.payments.models import AlreadyPaid, OrderEnded, PayBody, Prepay, WrongApp
from server.values import Id


class BillList(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: BillQuery) -> Bills:
        """Bills of my patients, newest first."""
        return await service.mine(self.app, query, by=self.actor)


class BillPage(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, RecordsClosed))
    async def get(self, bill_id: Id) -> Bill:
        """One bill with its lines."""
        return await service.one(self.app, bill_id, by=self.actor)


class BillPayment(ApiHandler):
    @endpoint(
        scope="patient",
        refusals=(
            NotFound,
            RecordsClosed,
            BillSettled,
            BillInconsistent,
            AlreadyPaid,
            OrderEnded,
            WrongApp,
            Conflict,
        ),
    )
    async def post(self, body: PayBody, bill_id: Id) -> Prepay:
        """Open the payment sheet for a bill."""
        return await service.pay(self.app, bill_id, body.channel, by=self.actor)


routes = [
    route("/api/bills", BillList),
    route("/api/bills/{bill_id}", BillPage),
    route("/api/bills/{bill_id}/payment", BillPayment),
]
