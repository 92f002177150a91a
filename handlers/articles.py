"""Articles: written, previewed, sent and published by editors; read by everybody. Images in and out."""

from typing import Any, ClassVar

from handlers.base import ApiHandler, RawHandler
from handlers.endpoint import endpoint, route
from server import errors
from server.articles import service
from server.articles.models import (
    AlreadyOut,
    Article,
    ArticleInput,
    ArticleQuery,
    ArticleRows,
    FollowerQuery,
    Followers,
    ImageTooLarge,
    MassSend,
    NoCover,
    NotAFollower,
    NotAnImage,
    NoText,
    Preview,
    PublicArticle,
    PublicArticles,
    SendQuotaUsed,
    UnknownImage,
    WeChatRefused,
)
from server.errors import NotFound
from server.values import Id

UPLOAD = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
SHOWN = {"type": "object", "required": ["id", "url"], "properties": {k: {"type": "string"} for k in ("id", "url")}}
NOT_READY = (NotFound, AlreadyOut, NoCover, NoText, ImageTooLarge)


class StaffArticles(ApiHandler):
    @endpoint(scope="articles.edit")
    async def get(self, query: ArticleQuery) -> ArticleRows:
        """All articles, newest first."""
        return await service.listed(self.app, query.next, by=self.actor)

    @endpoint(scope="articles.edit", status=201, refusals=(UnknownImage,))
    async def post(self, body: ArticleInput) -> Article:
        """Begin a draft; what WeChat would not show is taken out of its text."""
        return await service.write(self.app, body, by=self.actor)


class StaffArticle(ApiHandler):
    @endpoint(scope="articles.edit", refusals=(NotFound,))
    async def get(self, id: Id) -> Article:
        """One article with its history."""
        return await service.read(self.app, id, by=self.actor)

    @endpoint(scope="articles.edit", refusals=(NotFound, AlreadyOut, UnknownImage))
    async def put(self, body: ArticleInput, id: Id) -> Article:
        """Change a draft."""
        return await service.change(self.app, id, body, by=self.actor)

    @endpoint(scope="articles.edit", status=204, refusals=(NotFound, AlreadyOut))
    async def delete(self, id: Id) -> None:
        """Delete a draft."""
        await service.remove(self.app, id, by=self.actor)


class ArticlePreview(ApiHandler):
    @endpoint(scope="articles.edit", status=204, refusals=(*NOT_READY, NotAFollower, WeChatRefused))
    async def post(self, body: Preview, id: Id) -> None:
        """Show it on one follower's phone."""
        await service.preview(self.app, id, body.account_id, by=self.actor)


class ArticleMassSend(ApiHandler):
    @endpoint(scope="articles.send", refusals=(*NOT_READY, SendQuotaUsed))
    async def post(self, body: MassSend, id: Id) -> Article:
        """Send it to all followers; how it went stands in its history."""
        await service.mass_send(self.app, id, by=self.actor)
        return await service.read(self.app, id, by=self.actor)


class ArticlePublication(ApiHandler):
    @endpoint(scope="articles.send", refusals=NOT_READY)
    async def post(self, id: Id) -> Article:
        """Publish it into the account's list, pushed to nobody."""
        await service.publish(self.app, id, by=self.actor)
        return await service.read(self.app, id, by=self.actor)


class StaffFollowers(ApiHandler):
    @endpoint(scope="articles.edit")
    async def get(self, query: FollowerQuery) -> Followers:
        """Whom a preview may go to, and how many a mass send reaches."""
        return await service.followers(self.app, query, by=self.actor)


class StaffImages(ApiHandler):
    """POST /api/staff/images: multipart, one field `file` (JPEG or PNG, at most 2 MB)."""

    described: ClassVar[dict[str, Any]] = {
        "post": {
            "operationId": "post_staff_images",
            "tags": ["staff/images"],
            "summary": "Keep a picture for covers and texts.",
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}},
            "responses": {
                "201": {"description": "完成。", "content": {"application/json": {"schema": SHOWN}}},
                "400": {"description": f"`{NotAnImage.code}`: {NotAnImage.message}"},
                "401": {"description": f"`{errors.Unauthenticated.code}`: {errors.Unauthenticated.message}"},
                "403": {"description": f"`{errors.Forbidden.code}`: {errors.Forbidden.message}"},
            },
            "security": [{"staff": []}],
            "x-scope": "articles.edit",
        }
    }

    async def post(self) -> None:
        """201 {id, url}; NotAnImage 400."""
        try:
            await self.admit("articles.edit")
            files = self.request.files.get("file", [])
            if len(files) != 1:
                raise NotAnImage()
            image = await service.keep_image(self.app, files[0].body, by=self.actor)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.reply(201, image.model_dump_json().encode())


class ImageFile(RawHandler):
    """GET /api/images/{id}: a picture of an article, for everybody."""

    described: ClassVar[dict[str, Any]] = {
        "get": {
            "operationId": "get_images_id",
            "tags": ["images"],
            "summary": "A picture of an article.",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "完成。", "content": {kind: {} for kind in ("image/jpeg", "image/png")}},
                "404": {"description": f"`{NotFound.code}`: {NotFound.message}"},
            },
        }
    }

    async def get(self, id: str) -> None:
        """The bytes; they never change, so they may be kept for a year."""
        try:
            image = await service.image(self.app, id)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.set_header("Content-Type", image.kind)
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("Content-Security-Policy", "default-src 'none'")
        self.finish(image.content)


class ReadableArticles(ApiHandler):
    @endpoint(scope=None)
    async def get(self) -> PublicArticles:
        """The hospital's articles, newest first."""
        return await service.public(self.app)


class ReadableArticle(ApiHandler):
    @endpoint(scope=None, refusals=(NotFound,))
    async def get(self, id: Id) -> PublicArticle:
        """One article."""
        return await service.public_one(self.app, id)


routes = [
    route("/api/articles", ReadableArticles),
    route("/api/articles/{id}", ReadableArticle),
    route("/api/images/{id}", ImageFile),
    route("/api/staff/articles", StaffArticles),
    route("/api/staff/articles/{id}", StaffArticle),
    route("/api/staff/articles/{id}/preview", ArticlePreview),
    route("/api/staff/articles/{id}/mass-send", ArticleMassSend),
    route("/api/staff/articles/{id}/publication", ArticlePublication),
    route("/api/staff/followers", StaffFollowers),
    route("/api/staff/images", StaffImages),
]
