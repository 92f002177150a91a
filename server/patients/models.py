"""The documents, inputs, outputs and refusals of patients."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from server import errors
from server.values import At, Id, On

Relation = Literal["self", "child", "parent", "spouse", "other"]
Sex = Literal["male", "female", "unknown"]
DocumentKind = Literal["id_card", "passport", "hk_macau_pass", "taiwan_pass", "foreign_residence", "none_newborn"]
Opening = Literal["none", "code", "desk_pending", "open"]
CardKind = Literal["outpatient", "inpatient"]
Purpose = Literal["bind", "records", "notify"]
ProofKind = Literal["household_register", "birth_certificate", "other"]


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


_WORDS = StringConstraints(min_length=1, max_length=40, pattern=r"^[^<>\x00-\x1f]+$")
Line = Annotated[str, BeforeValidator(_one_line), _WORDS]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


# --- refusals ------------------------------------------------------------------------------------


class BadDocument(errors.Invalid):
    code, message = "bad_document", "证件号码不对，请对照证件，一位一位检查后再填。"


class BadBirth(errors.Invalid):
    code, message = "bad_birth", "性别或出生日期没有填，或者与证件不一致，请检查。"


class BadPhone(errors.Invalid):
    code, message = "bad_phone", "手机号不对，请填写 11 位的手机号。"


class BadRelation(errors.Invalid):
    code, message = "bad_relation", "14 岁以下的孩子请由家长添加，关系选“子女”。"


class WrongCode(errors.Invalid):
    code, message = "wrong_code", "验证码不对，请看清短信后再填。"


class CodeExpired(errors.Invalid):
    code, message = "code_expired", "验证码已过期或试的次数太多，请重新获取。"


class CodeTooSoon(errors.TooMany):
    code, message = "code_too_soon", "验证码刚刚发出，请等 1 分钟再获取。"


class TooManyToday(errors.TooMany):
    code, message = "too_many_today", "今天操作的次数太多了，请明天再试，或带证件到医院窗口办理。"


class AlreadyBound(errors.Conflict):
    code, message = "already_bound", "这位就诊人已经在您的列表里，不用再添加。"


class PatientsFull(errors.Conflict):
    code, message = "patients_full", "最多添加 8 位就诊人。请先移除不再需要的人。"


class GuardianNeeded(errors.Conflict):
    code, message = "guardian_needed", "14 岁以下的孩子，请先添加家长本人并核验身份，再添加孩子。"


class ConsentNeeded(errors.Conflict):
    code, message = "consent_needed", "需要您先同意相应的说明，才能继续。"


class DeskOnly(errors.Conflict):
    code, message = "desk_only", "不能用短信核验，请带证件到医院窗口，由工作人员核验。"


class AlreadyOpen(errors.Conflict):
    code, message = "already_open", "这位就诊人的记录已经可以查看，不用再核验。"


class CardNotFound(errors.NotFound):
    code, message = "card_not_found", "没有找到这位就诊人的这个卡号，请对照就诊卡检查。"


class RecordsClosed(errors.Forbidden):
    code, message = "records_closed", "请先核验这位就诊人的身份，再使用这项服务。"


class NoCareRelation(errors.Forbidden):
    code, message = "no_care_relation", "您与这位患者现在没有诊疗关系，不能查看。"


class NotWaiting(errors.Conflict):
    code, message = "not_waiting", "这个申请已经处理，或已经撤回。"


# --- what is kept --------------------------------------------------------------------------------


class Document(BaseModel):
    """An identity document in its normal form (rules.normal_document)."""

    kind: DocumentKind
    number: str


class Card(BaseModel):
    """A number the HIS gave to a person: 门诊号 (outpatient) or 住院号 (inpatient)."""

    id: str
    kind: CardKind
    number: str


class GuardianInHis(BaseModel):
    """Whom the HIS holds as guardian of a child."""

    name: str
    phone: str
    relation: str


class Identity(BaseModel):
    """Who somebody is. In `patients` it comes from the HIS; in `bindings` it is what an account typed."""

    name: str
    document: Document
    sex: Sex
    birth_on: On
    phone: str
    guardian: GuardianInHis | None = None
    cards: list[Card] = []


class Patient(Identity):
    """A person as the HIS holds him: for other features, opened. Never an output of the API."""

    id: str
    his_id: str
    last_visit_on: str | None = None


class Callee(BaseModel):
    """Whom staff call about a patient; for a minor the guardian. Empty when the HIS holds nobody."""

    name: str
    phone: str
    guardian_name: str | None = None


class Guarding(BaseModel):
    """By whom and on what proof a child was bound; sealed in the binding."""

    patient_id: str
    proof_kind: ProofKind
    proof_number: str


class Binding(BaseModel):
    """An account looks after a patient. `typed` is all it has said; `opening` whether it may read.

    `opened_by`: code, new_file (a file that we opened at the HIS) or desk:<member>. `his_name`
    (for the desk only) and `refused_because` come from the desk's sealed note.
    """

    id: str
    account_id: str
    patient_id: str
    relation: Relation
    active: bool
    opening: Opening
    opened_by: str | None = None
    typed: Identity
    guarding: Guarding | None = None
    hidden_cards: list[str] = []
    desk_number: str | None = None
    desk_asked_at: datetime | None = None
    his_name: str | None = None
    refused_because: str | None = None
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether this account may read the patient's records."""
        return self.opening == "open"


class BindingPlan(BaseModel):
    """What is known before the HIS is asked whom a new binding concerns."""

    patient_id: str
    typed: Identity
    guarding: Guarding | None
    may_open: bool


# --- inputs --------------------------------------------------------------------------------------


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DocumentIn(_In):
    """`number` may be empty only for a newborn, who then has his guardian's with his order."""

    kind: DocumentKind
    number: str = Field(max_length=40)


class GuardianIn(_In):
    """Who guards a child under 14, what shows it, and that he declares it."""

    patient_id: Id
    proof_kind: ProofKind
    proof_number: Line
    declared: Literal[True]


class NewPatient(_In):
    """What an account types to bind a person."""

    name: Line
    document: DocumentIn
    sex: Sex | None = None
    birth_on: On | None = None
    phone: str = Field(min_length=1, max_length=30)
    phone_code: Code
    relation: Relation
    guardian: GuardianIn | None = None
    consents: list[Purpose] = Field(max_length=3)


class PhoneIn(_In):
    phone: str = Field(min_length=1, max_length=30)


class CodeIn(_In):
    code: Code


class CardIn(_In):
    number: str = Field(min_length=4, max_length=30, pattern=r"^[A-Za-z0-9]+$")


class ConsentIn(_In):
    granted: bool


class DeskConfirmation(_In):
    """What the desk attests: the document was seen, and a note on it."""

    document_seen: Literal[True]
    proof_note: str = Field("", max_length=200)


class DeskRefusal(_In):
    reason: Line


class PatientsPage(_In):
    """`scope`: mine, or all I may see."""

    scope: Literal["mine", "all"] = "mine"
    next: str | None = Field(None, max_length=64)


class PatientsQuery(PatientsPage):
    """`q`: a whole name, phone, card or document number. It comes in a body: no such thing stands in an address."""

    q: str = Field("", max_length=40)


# --- outputs -------------------------------------------------------------------------------------


class ShownCard(BaseModel):
    id: str
    kind: CardKind
    number_masked: str


class MyPatient(BaseModel):
    """A patient as his account sees him: before opening only what it typed itself."""

    id: str
    name: str
    relation: Relation
    sex: Sex
    birth_on: On
    age_text: str
    document_masked: str
    phone_masked: str
    cards: list[ShownCard]
    active: bool
    records_open: bool
    opening: Opening
    minor: bool
    desk_number: str | None = None


class MyPatients(BaseModel):
    items: list[MyPatient]


class CodeSent(BaseModel):
    """A code is on its way: how long it lives, when another may be asked for (seconds of real time)."""

    expires_in_s: int
    resend_in_s: int
    sent_to: str | None = None


class Consent(BaseModel):
    purpose: Purpose
    title: str
    text: str
    version: str
    granted: bool
    granted_at: At | None


class Consents(BaseModel):
    items: list[Consent]


class PatientRow(BaseModel):
    """A patient in a staff list; the document only for the desk (R30)."""

    id: str
    name: str
    sex: Sex
    age_text: str
    phone_masked: str
    document_masked: str
    cards: list[ShownCard]
    department_ids: list[str]
    department_names: list[str] = []
    last_visit_on: str | None


class PatientRows(BaseModel):
    items: list[PatientRow]
    next: str | None


class Care(BaseModel):
    """Why this member may see this patient, and whether clinical records too."""

    text: str
    clinical: bool


class StaffPatient(PatientRow):
    """One patient for staff, with the relation that allows it."""

    birth_on: On | None
    relation: Care


class DeskOpening(BaseModel):
    """Somebody at the desk who asks to open a record. `his_name` is the HIS's name when it differs."""

    id: str
    desk_number: str
    patient_name: str
    his_name: str | None
    document_masked: str
    relation: Relation
    minor: bool
    guardian: str | None
    asked_at: At


class DeskOpenings(BaseModel):
    items: list[DeskOpening]
    next: str | None = None
