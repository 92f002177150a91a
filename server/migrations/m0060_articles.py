"""Articles, images, the menu."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "articles",
        required=["title", "state", "content_html", "updated_at", "revision"],
        indexes=[
            ([("state", UP), ("out_at", DOWN)], {"name": "out"}),
            ([("msg_id", UP)], {"name": "by_msg_id", "partialFilterExpression": {"msg_id": {"$type": "string"}}}),
            (
                [("publish_id", UP)],
                {"name": "by_publish_id", "partialFilterExpression": {"publish_id": {"$type": "string"}}},
            ),
        ],
    )
    await db.prepare("mass_sends", required=["article_id", "at"], indexes=[])
    await db.prepare("images", required=["kind", "content", "at"], indexes=[])
    await db.prepare("menus", required=["menu", "at"], indexes=[([("version", DOWN)], {"name": "by_version"})])
