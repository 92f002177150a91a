"""The questions that are asked all day are answered by an index, never by reading a whole collection."""

from typing import Any

from server import migrations
from server.context import App
from server.migrations import m0090_usable_indexes
from tests.conftest import MORNING

BEFORE = {"$lte": MORNING}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("accounts", {"openids": "service:o"}),
    ("accounts", {"unionid": "u"}),
    ("alerts", {"deadline_at": BEFORE}),
    ("bill_rows", {"order_id": {"$in": ["o"]}, "on": {"$ne": "2026-11-25"}}),
    ("contacts", {"key": "k"}),
    ("contacts", {"patient_id": "p", "result": "deceased"}),
    ("contacts", {"subject_id": "s"}),
    ("differences", {"number": {"$in": ["n"]}, "on": {"$gte": "2026-11-18", "$lt": "2026-11-25"}}),
    ("enrolments", {"claim": "c"}),
    ("enrolments", {"live_of": {"$in": ["a", "b"]}}),
    ("enrolments", {"origin_of": {"$in": ["a", "b"]}}),
    ("enrolments", {"state": "active", "next_at": BEFORE, "claim_until": BEFORE}),
    ("events", {"state": "waiting", "due_at": BEFORE}),
    ("ledger", {"on": "2026-11-25", "kind": "correction"}),
    ("ledger", {"order_id": {"$in": ["o"]}}),
    ("messages", {"account_id": "a"}),
    ("messages", {"msgid": "m", "state": "sent"}),
    ("messages", {"trial": "t", "state": {"$in": ["sent", "delivered"]}}),
    ("orders", {"$and": [{}, {"$or": [{"_id": "o"}, {"transaction_id": "o"}]}]}),
    ("orders", {"kind": "bill", "subject_id": "s", "live": True}),
    ("orders", {"kind": "bill", "subject_id": "s", "status": "paid"}),
    ("patients", {"his_id": "h"}),
    ("refunds", {"$or": [{"order_id": {"$in": ["o"]}}, {"_id": {"$in": ["r"]}}]}),
    ("scene_visits", {"scene_id": "s", "on": {"$gte": "2026-11-01"}}),
]


async def test_what_is_asked_all_day_is_found_by_an_index(app: App) -> None:
    database = app.db["orders"].database
    for collection, question in QUESTIONS:
        said = await database.command("explain", {"find": collection, "filter": question}, verbosity="queryPlanner")
        assert "COLLSCAN" not in str(said["queryPlanner"]["winningPlan"]), (collection, question)


async def test_it_can_be_run_again_and_leaves_two_of_a_kind_impossible(app: App) -> None:
    await m0090_usable_indexes.up(app.db)
    assert await migrations.missing(app.db) == []
    for collection, names in m0090_usable_indexes.OLD.items():
        known = await app.db[collection].index_information()
        assert not set(names) & known.keys()
        wanted = {name for where, _, name, options in m0090_usable_indexes.NEW if where == collection}
        assert wanted <= known.keys()
    uniques = [name for _, _, name, options in m0090_usable_indexes.NEW if options.get("unique")]
    assert uniques == ["of_unionid", "of_origin", "of_his_file"]
