"""Two accounts turned out to be one person's: his orders come together."""

from server.context import App, Event
from server.payments import store


async def take_joining(app: App, event: Event) -> None:
    """accounts.joined"""
    await store.hand_over(app, event.data["gone_id"], event.data["account_id"])
