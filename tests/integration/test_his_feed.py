"""The HIS's events reach our outbox once each, whoever reads and however often."""

import asyncio
from typing import Any

from server.context import App
from server.integration import his_feed


async def taken(app: App) -> list[int]:
    return [doc["data"]["seq"] async for doc in app.db["events"].find({"type": {"$regex": "^his[.]"}}).sort("_id", 1)]


async def test_each_event_comes_once_with_ids_only(app: App, platform: Any) -> None:
    await his_feed.poll(app)
    before = await taken(app)
    await platform.his("issue-bill", his_id="P900001")
    await asyncio.gather(*(his_feed.poll(app) for _ in range(4)))
    await his_feed.poll(app)
    seqs = await taken(app)
    assert len(seqs) == len(set(seqs)) == len(before) + 1
    doc = await app.db["events"].find_one({"type": "his.bill.issued"})
    assert doc
    assert set(doc["data"]) >= {"bill_id", "his_id", "seq", "happened_at"}
    assert all(key in ("seq", "happened_at") or key.endswith("_id") for key in doc["data"])


async def test_what_is_not_taken_over_is_read_again(app: App, platform: Any) -> None:
    await his_feed.poll(app)
    await platform.his("issue-bill", his_id="P900001")
    found = await app.his.events(0)
    cursor = await app.db["his_feed"].find_one({"_id": "cursor"})
    assert cursor
    assert cursor["after"] < max(item["seq"] for item in found)
    assert not await his_feed._take_over(app, cursor["after"] + 1000, found)  # somebody else was first
    await his_feed.poll(app)
    assert max(await taken(app)) == max(item["seq"] for item in found)
