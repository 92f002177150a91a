"""Files of questionnaires: FHIR in and out with its bytes, photographs of answers."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from handlers.base import ApiHandler, http_status
from handlers.endpoint import route
from handlers.questionnaires import EDIT, READ
from server import errors
from server.errors import NotFound
from server.patients.models import NoCareRelation, RecordsClosed
from server.questionnaires import service
from server.questionnaires.models import BadQuestionnaire, BadResponse, GivenResponse, NotAPhoto, TooManyPhotos
from server.values import Id

FHIR_JSON = "application/fhir+json; charset=utf-8"
_ID: TypeAdapter[str] = TypeAdapter(Id)


def _described(method: str, name: str, summary: str, scope: str, gives: Any, *refusals: type[errors.Refusal]) -> Any:
    """The description of an operation on files, which @endpoint cannot make."""
    said: dict[str, Any] = {
        "operationId": f"{method}_{name}" if scope == "patient" else f"{method}_staff_{name}",
        "tags": [name.split("_")[0] if scope == "patient" else f"staff/{name.split('_')[0]}"],
        "summary": summary,
        "responses": {
            "201" if method == "post" else "200": {"description": "完成。", "content": gives},
            "401": {"description": f"`{errors.Unauthenticated.code}`: {errors.Unauthenticated.message}"},
            "403": {"description": f"`{errors.Forbidden.code}`: {errors.Forbidden.message}"},
        },
        "security": [{"patient" if scope == "patient" else "staff": []}],
        "x-scope": scope,
    }
    for kind in refusals:
        text = f"`{kind.code}`: {kind.message}"
        there = said["responses"].setdefault(str(http_status(kind)), {"description": ""})
        there["description"] = "\n".join(filter(None, (there["description"], text)))
    if method == "post":
        said["requestBody"] = {"required": True, "content": {"application/fhir+json": {"schema": {"type": "object"}}}}
    return {method: said}


def _in_path(described: Any, *names: str, query: str = "") -> Any:
    text = {"type": "string"}
    for operation in described.values():
        given = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
        if query:
            given.append({"name": query, "in": "query", "required": True, "schema": text})
        operation["parameters"] = given
    return described


FILE = {"application/fhir+json": {"schema": {"type": "object"}}}


def _json(model: str) -> Any:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}


class FileHandler(ApiHandler):
    """FHIR files as they are: their bytes are not parsed and written again on the way."""

    async def hand_out(self, scope: str, read: Callable[[str], Awaitable[bytes]], id: str) -> None:
        """200 with the bytes as they came."""
        try:
            await self.admit(scope)
            raw = await read(self._id(id))
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.set_header("Content-Type", FHIR_JSON)
        self.set_header("Content-Disposition", f'attachment; filename="{id}.json"')
        self.finish(raw)

    async def take(self, scope: str, use: Callable[[bytes], Awaitable[BaseModel]]) -> None:
        """201 with what became of the file; at most 1 MB."""
        try:
            await self.admit(scope)
            if len(self.request.body) > self.max_body:
                raise errors.TooLarge(most_bytes=self.max_body)
            made = await use(self.request.body)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.reply(201, made.model_dump_json().encode())

    def _id(self, given: str) -> str:
        try:
            return _ID.validate_python(given)
        except ValidationError:
            raise NotFound() from None


class QuestionnaireFile(FileHandler):
    described: ClassVar[Any] = _in_path(
        _described("get", "questionnaires_fhir", "The FHIR Questionnaire as it came.", READ, FILE, NotFound),
        "questionnaire_id",
    )

    async def get(self, questionnaire_id: str) -> None:
        """The bytes of a version."""

        async def read(id: str) -> bytes:
            return await service.bytes_of(self.app, id, by=self.actor)

        await self.hand_out(READ, read, questionnaire_id)


class DraftFile(FileHandler):
    described: ClassVar[Any] = _in_path(
        _described("get", "questionnaire-drafts_fhir", "A draft's FHIR Questionnaire.", EDIT, FILE, NotFound),
        "draft_id",
    )

    async def get(self, draft_id: str) -> None:
        """The bytes of a draft."""

        async def read(id: str) -> bytes:
            return await service.bytes_of_draft(self.app, id, by=self.actor)

        await self.hand_out(EDIT, read, draft_id)


class QuestionnaireImport(FileHandler):
    described: ClassVar[Any] = _described(
        "post",
        "questionnaire-imports",
        "A draft from a FHIR Questionnaire, with warnings.",
        EDIT,
        _json("ReadDraft"),
        BadQuestionnaire,
    )

    async def post(self) -> None:
        """Take in a file."""

        async def use(raw: bytes) -> BaseModel:
            return await service.take_in(self.app, raw, by=self.actor)

        await self.take(EDIT, use)


class ResponseImport(FileHandler):
    described: ClassVar[Any] = _in_path(
        _described(
            "post",
            "questionnaires_responses",
            "Keep a FHIR QuestionnaireResponse of a patient.",
            "followups.send",
            {"application/json": {"schema": {"type": "object"}}},
            NotFound,
            BadResponse,
            NoCareRelation,
        ),
        "questionnaire_id",
        query="patient_id",
    )

    async def post(self, questionnaire_id: str) -> None:
        """Take in an answered questionnaire."""

        async def use(raw: bytes) -> BaseModel:
            id, patient_id = self._id(questionnaire_id), self._id(self.get_query_argument("patient_id", ""))
            given: GivenResponse = await service.take_in_response(self.app, id, patient_id, raw, by=self.actor)
            return given

        await self.take("followups.send", use)


class ResponseFile(FileHandler):
    described: ClassVar[Any] = _in_path(
        _described(
            "get",
            "questionnaire-responses_fhir",
            "An imported response as it came.",
            "followups.read",
            FILE,
            NotFound,
            NoCareRelation,
        ),
        "response_id",
    )

    async def get(self, response_id: str) -> None:
        """The bytes of an imported response."""

        async def read(id: str) -> bytes:
            return await service.response_bytes(self.app, id, by=self.actor)

        await self.hand_out("followups.read", read, response_id)


# --- photographs of answers -----------------------------------------------------------------------

UPLOAD = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
KEPT = {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}}
PICTURE: dict[str, Any] = {kind: {} for kind in ("image/jpeg", "image/png")}


class PhotoUpload(FileHandler):
    """POST /api/patients/{patient_id}/photos: multipart, one field `file` (JPEG or PNG, at most 3 MB)."""

    described: ClassVar[Any] = _in_path(
        _described(
            "post",
            "photos",
            "Keep a photo for an answer.",
            "patient",
            KEPT,
            NotFound,
            NotAPhoto,
            RecordsClosed,
            TooManyPhotos,
        ),
        "patient_id",
    )
    described["post"]["requestBody"]["content"] = {"multipart/form-data": {"schema": UPLOAD}}

    async def post(self, patient_id: str) -> None:
        """201 {id}."""
        try:
            await self.admit("patient")
            found = self.request.files.get("file", [])
            if len(found) != 1:
                raise NotAPhoto()
            photo = await service.keep_photo(self.app, self._id(patient_id), found[0].body, by=self.actor)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.reply(201, photo.model_dump_json().encode())


class _PhotoFile(FileHandler):
    scope: ClassVar[str]
    read: ClassVar[Callable[..., Awaitable[tuple[str, bytes]]]]

    async def get(self, photo_id: str) -> None:
        """The picture; it may not be kept by browsers."""
        try:
            await self.admit(self.scope)
            kind, content = await type(self).read(self.app, self._id(photo_id), by=self.actor)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.set_header("Content-Type", kind)
        self.set_header("Content-Security-Policy", "default-src 'none'")
        self.finish(content)


class MyPhoto(_PhotoFile):
    """GET /api/photos/{photo_id}: a photo of one of my patients."""

    scope, read = "patient", service.my_photo
    described: ClassVar[Any] = _in_path(
        _described(
            "get", "photos_id", "A photo that was sent with an answer.", "patient", PICTURE, NotFound, RecordsClosed
        ),
        "photo_id",
    )


class StaffPhoto(_PhotoFile):
    """GET /api/staff/photos/{photo_id}: a photo of a patient in my care."""

    scope, read = "followups.read", service.staff_photo
    described: ClassVar[Any] = _in_path(
        _described(
            "get", "photos", "A photo of a patient in my care.", "followups.read", PICTURE, NotFound, NoCareRelation
        ),
        "photo_id",
    )


routes = [
    route("/api/staff/questionnaires/{questionnaire_id}/fhir", QuestionnaireFile),
    route("/api/staff/questionnaires/{questionnaire_id}/responses", ResponseImport),
    route("/api/staff/questionnaire-responses/{response_id}/fhir", ResponseFile),
    route("/api/staff/questionnaire-imports", QuestionnaireImport),
    route("/api/staff/questionnaire-drafts/{draft_id}/fhir", DraftFile),
    route("/api/patients/{patient_id}/photos", PhotoUpload),
    route("/api/photos/{photo_id}", MyPhoto),
    route("/api/staff/photos/{photo_id}", StaffPhoto),
]
