"""Why this process could not do its work just now."""

from server import migrations
from server.context import App


async def why_not_ready(app: App) -> tuple[list[str], list[str]]:
    """Reasons not to send requests here, and notes on what is away but not needed."""
    reasons: list[str] = []
    if not await app.db.alive():
        return ["mongodb_away"], []
    if await app.db.check_replica_set():
        reasons.append("mongodb_no_replica_set")
    if await migrations.missing(app.db):
        reasons.append("migrations_missing")
    notes = [] if await app.cache.alive() else ["redis_away"]
    return reasons, notes
