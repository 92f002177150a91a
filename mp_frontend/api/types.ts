// Shapes of the patient API: money in fen, times ISO with +08:00, dates YYYY-MM-DD.
/** `as_of` is set when the hospital's own system does not answer and older data are shown. */
export interface List<T> { items: T[]; next?: string | null; as_of?: string | null }
export interface ApiProblem { code: string; message: string; details?: unknown }

export type Relation = "self" | "child" | "parent" | "spouse" | "other";
export type Sex = "male" | "female" | "unknown";
export type DocumentKind = "id_card" | "passport" | "hk_macau_pass" | "taiwan_pass" | "foreign_residence" | "none_newborn";
export type ProofKind = "household_register" | "birth_certificate" | "other";

export interface Me {
  account_id: string; followed: boolean; active_patient: Patient | null; now: string;
  hospital: { name: string; phone: string }; preferences: { large_type: boolean }; links: Record<string, string>;
}
export interface Card { id: string; kind: "outpatient" | "inpatient"; number_masked: string }
export interface Patient {
  id: string; name: string; relation: Relation; sex: Sex; birth_on: string; age_text: string; document_masked: string; phone_masked: string;
  cards: Card[]; active: boolean; records_open: boolean; opening: "none" | "code" | "desk_pending" | "open"; minor: boolean;
  desk_number?: string | null;
}
export interface NewPatient {
  name: string; document: { kind: DocumentKind; number: string }; sex?: Sex; birth_on?: string; phone: string; phone_code: string; relation: Relation;
  guardian?: { patient_id: string; proof_kind: ProofKind; proof_number: string; declared: true }; consents: Purpose[];
}
export interface CodeSent { expires_in_s: number; resend_in_s: number; sent_to?: string }
export type Purpose = "bind" | "records" | "notify";
export interface Consent { purpose: Purpose; title: string; text: string; version: string; granted: boolean; granted_at: string | null }
export interface SubscriptionTemplate { key: string; template_id: string; title: string }

export interface Hospital { name: string; intro: string; phone: string; address: string; is_demo: boolean }
export interface Department { id: string; name: string; intro: string; location: string; floor: string; doctor_count: number }
export interface Doctor {
  id: string; name: string; title: string; department_id: string; department_name: string; speciality: string; intro: string; fee_fen: number;
}
export interface Clinic {
  id: string; doctor_id: string; doctor_name: string; doctor_title: string; department_id: string; department_name: string; on: string;
  half: "am" | "pm"; starts_at: string; ends_at: string; fee_fen: number; free: number; total: number;
  status: "open" | "full" | "stopped" | "past"; location: string;
}
export interface Slot { id: string; number: number; starts_at: string; ends_at: string; free: boolean }
export interface ClinicSlots { clinic: Clinic; items: Slot[] }

export type AppointmentStatus = "held" | "confirmed" | "checked_in" | "seen" | "cancelled" | "expired" | "refused" | "stopped";
export interface Appointment {
  id: string; number: string; place_number: number; status: AppointmentStatus; patient_id: string; patient_name: string; doctor_id: string;
  doctor_name: string; department_id: string; department_name: string; location: string; clinic_id: string; starts_at: string; ends_at: string;
  fee_fen: number; hold_until: string | null; order_id: string | null; order_status: OrderStatus | null; can_cancel: boolean;
  cancel_until: string | null; can_check_in: boolean; his_status: "waiting" | "written" | "refused" | "none"; note: string | null;
}
export interface Prepay {
  order_id: string;
  params: { appId: string; timeStamp: string; nonceStr: string; package: string; signType: string; paySign: string };
}
export type Channel = "jsapi" | "mini_program";
export type OrderStatus = "created" | "prepaid" | "paid" | "closed" | "refunding" | "refunded" | "partly_refunded" | "abnormal";
export interface Order {
  id: string; out_trade_no: string; kind: "appointment" | "bill" | "deposit"; subject_id: string; title: string; patient_name: string;
  amount_fen: number; refunded_fen: number; status: OrderStatus; created_at: string; paid_at: string | null;
}
export interface BillItem { name: string; spec: string; quantity: string; unit: string; unit_price_fen: number; amount_fen: number; category: string }
export interface Bill {
  id: string; patient_id: string; patient_name: string; department_name: string; doctor_name: string; issued_at: string; total_fen: number;
  status: "unpaid" | "paying" | "paid" | "refunded"; items: BillItem[];
}
export interface Admission {
  id: string; patient_name: string; number_masked: string; department_name: string; ward: string; bed: string; admitted_on: string;
  discharged_on: string | null; deposit_fen: number; spent_fen: number; balance_fen: number; status: "in" | "out";
}
export interface DailyList { on: string; total_fen: number; items: BillItem[] }

export interface Ticket {
  id: string; appointment_id: string | null; patient_name: string; number: number; status: "waiting" | "called" | "seen" | "missed"; room: string;
  doctor_name: string; department_name: string; ahead: number; position: number; expected_at: string | null; expected_minutes: number | null;
  calling_number: number | null; checked_in_at: string;
}

export interface ReportLine {
  code: string; name: string; value: string; unit: string; range_text: string; flag: "H" | "L" | "HH" | "LL" | "A" | null; has_trend: boolean;
}
export interface ReportSummary {
  id: string; title: string; kind: "lab" | "imaging"; department_name: string; reported_at: string;
  status: "preliminary" | "final" | "corrected" | "withdrawn"; abnormal_count: number | null; held: boolean; held_text?: string | null;
}
export interface Report extends ReportSummary {
  patient_name: string; sex: Sex; age_text: string; visit_number_masked: string; laboratory: string; specimen: string; requested_at: string | null;
  collected_at: string | null; received_at: string | null; operator: string; reviewer: string; version: number; items: ReportLine[];
  findings: string | null; conclusion: string | null; statement: string;
}
export interface Trend { name: string; unit: string; low: number | null; high: number | null; points: { at: string; value: number; flag: string | null }[] }

export interface Task {
  id: string; kind: "followup" | "satisfaction"; title: string; from_text: string; patient_name: string; due_at: string; expires_at: string | null;
  status: "open" | "answered" | "expired"; answered_at: string | null;
}
export type FormValue = string | number | boolean;
export type Answers = Record<string, FormValue | FormValue[]>;
export interface EnableWhen { question: string; operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<="; answer: FormValue }
export interface FormItem {
  link_id: string; text: string;
  type: "group" | "display" | "choice" | "multi" | "boolean" | "integer" | "decimal" | "string" | "text" | "date" | "slider";
  required?: boolean; options?: { value: string; label: string }[]; min?: number | null; max?: number | null; step?: number | null;
  unit?: string | null; max_length?: number | null; enable_when?: EnableWhen[]; enable_behavior?: "any" | "all" | null; items?: FormItem[];
}
export interface Form { questionnaire_id: string; version: string; title: string; intro: string; items: FormItem[] }
export interface TaskForm { task: Task; form: Form; draft: Answers | null }
export interface Answered { thanks: string; advice: string | null }

export interface ArticleSummary { id: string; title: string; digest: string; cover: string | null; author: string; published_at: string }
export interface Article extends ArticleSummary { content_html: string }
export interface JsConfig { appId: string; timestamp: number; nonceStr: string; signature: string }
