"""The calls that carry a message: one for each channel."""

from urllib.parse import quote

from server.context import App
from server.messages.models import Channel, Message, Standing, Template
from server.messages.rules import fields, words
from server.messages.service.telling import assistant_of, title_of
from server.values import shanghai_date


async def call(
    app: App, message: Message, standing: Standing, channel: Channel, template: Template | None
) -> str | None:
    """Send a message through a channel; gives WeChat's number of it where it tells the outcome later. Foreign."""
    link = f"{app.settings.public_url}/wechat/enter?to={quote(message.path, safe='/')}"
    page = message.path.removeprefix("/h5/")
    openid = (standing.mini_openid if channel in ("mini", "mini_text") else standing.service_openid) or ""
    on = shanghai_date(message.created_at)
    if template:
        data = fields.fill(template, message.facts, on)
        if channel == "template":
            return await app.wechat.send_template(
                openid, template.template_id, data, url=link, client_msg_id=message.id
            )
        if channel == "subscribe":
            return await app.wechat.send_subscribe("service", openid, template.template_id, data, page=link)
        return await app.wechat.send_subscribe("mini", openid, template.template_id, data, page=page)
    title = title_of(app, message.key)
    if channel in ("text", "mini_text"):
        text = words.plain_text(title, message.facts, link)
        await app.wechat.send_text(openid, text, "mini" if channel == "mini_text" else "service")
    elif channel == "sms":
        text = words.sms_text(app.settings.hospital_name, title, message.facts)
        await app.sms.send(message.id, message.phone or "", text)
    else:
        await _assist(app, message, standing, page, on)
    return None


async def _assist(app: App, message: Message, standing: Standing, page: str, on: str) -> None:
    notice = assistant_of(app, message.key)
    assert notice is not None, "the channel was offered without a number"
    info = fields.fill_info(notice.info, message.facts, on)
    info |= {"pat_hospital_id": message.patient_id or message.account_id}
    info |= {"pageinfo": {"appid": app.settings.mini_appid, "path": page}}
    openid = standing.service_openid or standing.mini_openid or ""
    order_id = message.subject_id or message.id
    await app.wechat.send_assistant(openid, status=notice.status, order_id=order_id, msg_id=message.id, info=info)
