"""Two accounts turned out to be one person's: his bookings come together."""

from server.appointments import store
from server.context import App, Event


async def take_joining(app: App, event: Event) -> None:
    """accounts.joined"""
    await store.hand_over(app, event.data["gone_id"], event.data["account_id"])
