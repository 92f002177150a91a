"""Calls of WeChat's API that wechatpy 1.8.18 lacks or has in an old form, defined in its style (WECHAT.md 4 and 5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wechatpy.client import api
from wechatpy.client.api.base import BaseWeChatAPI

from server.context import Json

_HOST = "https://api.weixin.qq.com/"


class Message(api.WeChatMessage):  # type: ignore[misc]
    """Messages of the service account."""

    def send_template_once(self, openid: str, template_id: str, data: Json, url: str, client_msg_id: str) -> Any:
        """A template message; the same client_msg_id to the same person is sent once in 10 minutes."""
        return self._post(
            "message/template/send",
            data={
                "touser": openid,
                "template_id": template_id,
                "url": url,
                "client_msg_id": client_msg_id,
                "data": data,
            },
        )

    def preview_article(self, openid: str, media_id: str) -> Any:
        """Show a draft to one person."""
        return self._post(
            "message/mass/preview",
            data={"touser": openid, "mpnews": {"media_id": media_id}, "msgtype": "mpnews"},
        )

    def send_mass_article_to_all(self, media_id: str, client_msg_id: str) -> Any:
        """Send a draft to all followers; the same clientmsgid is sent once in 24 hours."""
        return self._post(
            "message/mass/sendall",
            data={
                "filter": {"is_to_all": True},
                "mpnews": {"media_id": media_id},
                "msgtype": "mpnews",
                "send_ignore_reprint": 0,
                "clientmsgid": client_msg_id,
            },
        )


class Draft(BaseWeChatAPI):  # type: ignore[misc]
    """Drafts of articles."""

    def add(self, articles: Sequence[Json]) -> Any:
        """-> {media_id}"""
        return self._post("draft/add", data={"articles": list(articles)})

    def get(self, media_id: str) -> Any:
        """-> {news_item:[…]}"""
        return self._post("draft/get", data={"media_id": media_id})

    def update(self, media_id: str, article: Json, index: int = 0) -> Any:
        """Replace one article of a draft."""
        return self._post("draft/update", data={"media_id": media_id, "index": index, "articles": article})

    def delete(self, media_id: str) -> Any:
        """Cannot be undone."""
        return self._post("draft/delete", data={"media_id": media_id})

    def count(self) -> Any:
        """-> {total_count}"""
        return self._get("draft/count")

    def batch_get(self, offset: int = 0, count: int = 20, *, no_content: bool = True) -> Any:
        """-> {total_count, item_count, item:[{media_id, content, update_time}]}"""
        return self._post("draft/batchget", data={"offset": offset, "count": count, "no_content": int(no_content)})


class FreePublish(BaseWeChatAPI):  # type: ignore[misc]
    """Publishing to the account's list, pushed to nobody."""

    def submit(self, media_id: str) -> Any:
        """-> {publish_id}; the outcome comes as event PUBLISHJOBFINISH."""
        return self._post("freepublish/submit", data={"media_id": media_id})

    def get(self, publish_id: str) -> Any:
        """-> {publish_status, article_id, article_detail, fail_idx}"""
        return self._post("freepublish/get", data={"publish_id": publish_id})

    def article(self, article_id: str) -> Any:
        """-> {news_item:[…]}"""
        return self._post("freepublish/getarticle", data={"article_id": article_id})

    def batch_get(self, offset: int = 0, count: int = 20, *, no_content: bool = True) -> Any:
        """-> {total_count, item_count, item:[{article_id, content, update_time}]}"""
        return self._post(
            "freepublish/batchget", data={"offset": offset, "count": count, "no_content": int(no_content)}
        )

    def delete(self, article_id: str, index: int = 0) -> Any:
        """Take back what was published; `index` counts from 1, 0 is all of it. Cannot be undone."""
        return self._post("freepublish/delete", data={"article_id": article_id, "index": index})


class Assistant(BaseWeChatAPI):  # type: ignore[misc]
    """微信就医助手: service notices of a public hospital that need no subscription."""

    API_BASE_URL = _HOST

    def send(self, *, openid: str, appid: str, status: int, order_id: str, msg_id: str, info: Json) -> Any:
        """One notice; `msg_id` is unique for a person and an order, `order_id` the same for one visit."""
        wish = {
            "status": status,
            "open_id": openid,
            "order_id": order_id,
            "msg_id": msg_id,
            "app_id": appid,
            "business_id": 150,
            "business_info": info,
        }
        return self._post("cityservice/sendchannelmsg", data=wish)


class MiniProgram(api.WeChatWxa):  # type: ignore[misc]
    """The mini-program's server side."""

    def phone_number(self, code: str) -> Any:
        """-> {phone_info:{purePhoneNumber,countryCode,…}}; the code works once within 5 minutes."""
        return self._post("wxa/business/getuserphonenumber", data={"code": code})

    def check_text(self, openid: str, text: str, scene: int) -> Any:
        """-> {result:{suggest,label}, detail, trace_id}; the person visited within two hours, otherwise 61010."""
        return self._post("wxa/msg_sec_check", data={"openid": openid, "scene": scene, "version": 2, "content": text})

    def check_media(self, openid: str, url: str, media_type: int, scene: int) -> Any:
        """-> {trace_id}; the outcome comes as event wxa_media_check."""
        wish = {"openid": openid, "scene": scene, "version": 2, "media_url": url, "media_type": media_type}
        return self._post("wxa/media_check_async", data=wish)

    def scheme(self, page: str, query: str, until: datetime) -> Any:
        """-> {openlink}: weixin://…, opens a page from outside WeChat."""
        wish = {
            "jump_wxa": {"path": page, "query": query},
            "is_expire": True,
            "expire_type": 0,
            "expire_time": int(until.timestamp()),
        }
        return self._post("wxa/generatescheme", data=wish)

    def link(self, page: str, query: str, until: datetime) -> Any:
        """-> {url_link}: https://…, opens a page from an SMS or a web page."""
        wish = {"path": page, "query": query, "expire_type": 0, "expire_time": int(until.timestamp())}
        return self._post("wxa/generate_urllink", data=wish)

    def code_unlimited(self, scene: str, page: str) -> Any:
        """-> the picture of a mini-program code, as bytes."""
        return self._post("wxa/getwxacodeunlimit", data={"scene": scene, "page": page}, binary=True)
