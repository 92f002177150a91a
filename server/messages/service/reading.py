"""What patients may be asked for, and what staff see of deliveries and quotas."""

from server.context import Actor, App
from server.messages.models import (
    Deliveries,
    Delivery,
    DeliveryQuery,
    Quota,
    Quotas,
    Said,
    Scene,
    SubscriptionTemplate,
    SubscriptionTemplates,
)
from server.messages.rules.choosing import CHANNELS, better
from server.messages.service.telling import templates, title_of
from server.messages.store import queue
from server.messages.store import quotas as kept
from server.values import shanghai_date

_PAGE = 50


async def subscription_templates(app: App, scene: Scene, *, by: Actor) -> SubscriptionTemplates:
    """What the pop-up may ask for in this scene, for the app the person uses now; three at the most."""
    kind = "mini" if by.app == "mini" else "subscribe"
    found = [t for t in templates(app) if t.kind == kind and t.scene == scene][:3]
    return SubscriptionTemplates(
        items=[SubscriptionTemplate(key=t.key, template_id=t.template_id, title=t.title) for t in found]
    )


async def deliveries(app: App, query: DeliveryQuery, *, by: Actor) -> Deliveries:
    """Messages, newest first, without their content."""
    wanted = query.model_dump(exclude={"next"}, exclude_none=True)
    docs = await queue.page(app, wanted, query.next, _PAGE + 1)
    items = [
        Delivery.model_validate({**doc, "id": doc["_id"], "title": title_of(app, doc["key"])}, extra="ignore")
        for doc in docs[:_PAGE]
    ]
    return Deliveries(items=items, next=items[-1].id if len(docs) > _PAGE else None)


async def said(app: App, message_id: str) -> Said | None:
    """What a message was to tell, for staff who tell it by phone instead; None when there is none."""
    message = await queue.get(app, message_id)
    if message is None:
        return None
    fields = message.model_dump(include={"key", "tier", "facts", "not_after"})
    return Said(**fields, title=title_of(app, message.key))


async def quotas(app: App, *, by: Actor) -> Quotas:
    """What each channel has used of today's quota."""
    on = shanghai_date(app.now())
    used = await kept.of_day(app, on)
    limits = app.settings.message_quotas
    items = [
        Quota(
            channel=channel,
            used=used.get(channel, {}).get("used", 0),
            limit=limits.get(channel),
            closed=used.get(channel, {}).get("closed", False),
        )
        for channel in CHANNELS
        if channel in limits and (channel != "assistant" or app.settings.assistant_file)
    ]
    return Quotas(on=on, items=items)


async def states_of_subjects(app: App, subject_ids: list[str]) -> dict[str, str]:
    """The best state that any message about a subject has reached, for lists of other features."""
    best: dict[str, str] = {}
    for doc in await queue.states_of_subjects(app, subject_ids):
        best[doc["subject_id"]] = better(best.get(doc["subject_id"]), str(doc["state"]))
    return best
