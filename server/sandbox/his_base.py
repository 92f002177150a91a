"""How the simulated HIS answers HTTP: signature, fault switch, checked bodies, JSON both ways."""

import hashlib
import hmac
import json
from datetime import date
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from tornado.web import RequestHandler

from server.sandbox.his_hospital import Hospital, Refused

_TIMESTAMP_TOLERANCE_S = 300
_LARGEST_BODY = 256 * 1024
_DAY = r"^\d{4}-\d{2}-\d{2}$"
B = TypeVar("B", bound=BaseModel)
Route = tuple[str, type[RequestHandler], dict[str, Any]]


class Search(BaseModel):
    """One of: kind and number of a document, a card number, a his_id."""

    document_kind: str | None = None
    document_number: str | None = None
    card_number: str | None = None
    his_id: str | None = None


class Document(BaseModel):
    """An identity document."""

    kind: Literal["id_card", "passport", "hk_macau_pass", "taiwan_pass", "foreign_residence", "none_newborn"]
    number: str = Field(min_length=1, max_length=40)


class Guardian(BaseModel):
    """Who answers for a child."""

    name: str = Field(min_length=1, max_length=40)
    phone: str = Field(min_length=5, max_length=20)
    relation: str = Field(max_length=20)


class NewPerson(BaseModel):
    """A new patient at the counter."""

    name: str = Field(min_length=1, max_length=40)
    sex: Literal["male", "female", "unknown"]
    birth_on: str = Field(pattern=_DAY)
    document: Document
    phone: str = Field(min_length=5, max_length=20)
    guardian: Guardian | None = None


class Booking(BaseModel):
    """A booking made elsewhere."""

    clinic_id: str = Field(max_length=64)
    place_number: int
    starts_at: AwareDatetime
    his_id: str
    paid_fen: int = Field(ge=0)
    channel: str = Field(max_length=20)
    order_id: str | None = None


class Payment(BaseModel):
    """Money received elsewhere."""

    amount_fen: int = Field(gt=0)
    paid_at: AwareDatetime | None = None
    transaction_id: str | None = None


class CheckIn(BaseModel):
    """Somebody has come."""

    his_id: str
    clinic_id: str


class Reason(BaseModel):
    """Why something is taken back."""

    reason: str = ""


class OpenHandler(RequestHandler):
    """Answers JSON without a signature; the base of the control pages."""

    hospital: Hospital

    def initialize(self, hospital: Hospital, **_: Any) -> None:
        self.hospital = hospital

    def body(self, model: type[B]) -> B:
        """The JSON body; Refused 400 without repeating what was sent."""
        try:
            return model.model_validate_json(self.request.body or b"{}")
        except ValidationError as error:
            wrong = sorted({".".join(map(str, e["loc"])) for e in error.errors(include_input=False)})
            raise Refused(400, "invalid", f"内容不对：{'、'.join(wrong)}") from None

    def day(self, name: str) -> str:
        """A date of the query, YYYY-MM-DD."""
        text = self.get_query_argument(name, "")
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Refused(400, "invalid", f"{name} 要写成 年-月-日") from None

    def number(self, name: str, default: int) -> int:
        text = self.get_query_argument(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Refused(400, "invalid", f"{name} 要写成数字")
        return int(text)

    def answer(self, content: object) -> None:
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(json.dumps(content, ensure_ascii=False))

    def check_xsrf_cookie(self) -> None:
        """No cookies are used here."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        code = error.code if isinstance(error, Refused) else f"http_{status_code}"
        message = error.message if isinstance(error, Refused) else "医院系统不能处理这个请求"
        self.answer({"code": code, "message": message})

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        if not isinstance(value, Refused):
            super().log_exception(typ, value, tb)


class SignedHandler(OpenHandler):
    """The HIS's own interface: X-HIS-Signature over method, path with query, X-HIS-Timestamp and body."""

    _secret: bytes

    def initialize(self, hospital: Hospital, secret: str = "", **_: Any) -> None:
        super().initialize(hospital)
        self._secret = secret.encode()

    def prepare(self) -> None:
        if (self.hospital.state.get("fault", "his") or {}).get("down"):
            raise Refused(503, "down", "医院系统暂停服务")
        if len(self.request.body) > _LARGEST_BODY:
            raise Refused(413, "too_large", "内容太大")
        timestamp = self.request.headers.get("X-HIS-Timestamp", "")
        given = self.request.headers.get("X-HIS-Signature", "")
        head = f"{self.request.method}\n{self.request.uri}\n{timestamp}\n".encode()
        wanted = hmac.new(self._secret, head + self.request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), given.lower().encode()):
            raise Refused(401, "bad_signature", "签名不对")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
            raise Refused(401, "bad_timestamp", "时间戳不对")
        if abs(self.hospital.now().timestamp() - int(timestamp)) > _TIMESTAMP_TOLERANCE_S:
            raise Refused(401, "stale", "时间戳相差超过5分钟")
