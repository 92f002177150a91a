// The shapes of the staff API as the console reads them. Times are ISO with +08:00, dates YYYY-MM-DD, money in fen.

export interface Page<T> {
  items: T[];
  next: string | null;
}

export type Role = "admin" | "doctor" | "nurse" | "desk" | "editor";

export interface Member {
  id: string;
  username: string;
  name: string;
  title: string;
  roles: Role[];
  department_ids: string[];
  doctor_id: string | null;
  disabled: boolean;
  must_change_password: boolean;
}

/** The member who is logged in. */
export interface Staff extends Member {
  scopes: string[];
}

/** What an administrator fills in; on a change what is left out stays. */
export interface MemberInput {
  username?: string;
  password?: string;
  name?: string;
  title?: string;
  roles?: Role[];
  department_ids?: string[];
  doctor_id?: string | null;
  disabled?: boolean;
}

export interface Hospital {
  name: string;
  phone: string;
  is_demo: boolean;
}

export interface Department {
  id: string;
  name: string;
}

export interface Doctor {
  id: string;
  name: string;
  title: string;
  department_id: string;
  department_name: string;
}

export interface Overview {
  today: { appointments: number; checked_in: number; seen: number };
  followups: { open: number; overdue: number; answered_today: number; red: number };
  write_backs: { waiting: number; refused: number };
  openings_waiting: number;
}

export interface Card {
  id: string;
  kind: string;
  number_masked: string;
}

export interface PatientRow {
  id: string;
  name: string;
  sex: string;
  age_text: string;
  phone_masked: string;
  document_masked: string;
  cards: Card[];
  department_names: string[];
  last_visit_on: string | null;
}

export interface ReportRow {
  id: string;
  title: string;
  kind: string;
  department_name: string;
  reported_at: string;
  status: string;
  abnormal_count: number | null;
}

/** `as_of` is set when the HIS did not answer and these are copies. */
export interface Reports {
  items: ReportRow[];
  as_of: string | null;
}

export interface Report extends Omit<ReportRow, "abnormal_count"> {
  patient_name: string;
  sex: string;
  age_text: string;
  visit_number_masked: string;
  laboratory: string;
  specimen: string | null;
  requested_at: string | null;
  collected_at: string | null;
  received_at: string | null;
  operator: string;
  reviewer: string;
  version: number;
  items: { code: string; name: string; value: string; unit: string; range_text: string; flag: string | null }[];
  findings: string | null;
  conclusion: string | null;
  statement: string;
}

/** `clinical`: whether records may be read, or only identity and bookings. */
export interface Patient extends PatientRow {
  birth_on: string | null;
  relation: { text: string; clinical: boolean };
}

export type AppointmentStatus =
  | "held"
  | "confirmed"
  | "checked_in"
  | "seen"
  | "cancelled"
  | "expired"
  | "refused"
  | "stopped";

export type HisStatus = "waiting" | "written" | "refused" | "none";

export interface Appointment {
  id: string;
  number: string;
  place_number: number;
  status: AppointmentStatus;
  patient_id: string;
  patient_name: string;
  phone_masked?: string;
  doctor_name: string;
  department_id: string;
  department_name: string;
  location?: string;
  starts_at: string;
  ends_at: string;
  fee_fen: number;
  channel?: string;
  his_status: HisStatus;
  his_number?: string | null;
  note?: string | null;
}

export interface Opening {
  id: string;
  desk_number: string;
  patient_name: string;
  his_name: string | null;
  document_masked: string;
  relation: string;
  minor: boolean;
  guardian: string | null;
  asked_at: string;
}

export interface WriteBack {
  id: string;
  kind: string;
  status: "waiting" | "refused" | "written";
  title: string;
  patient_name: string;
  tries: number;
  reason: string | null;
  created_at: string;
  next_try_at: string | null;
}

export interface Questionnaire {
  id: string;
  title: string;
  version: string;
  kind: string;
  item_count: number;
}

export type AnswerValue = string | number | boolean;

export interface EnableWhen {
  question: string;
  operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<=";
  answer: AnswerValue;
}

export interface FormItem {
  link_id: string;
  text: string;
  type: string;
  required?: boolean;
  options?: { value: string; label: string }[] | null;
  min?: number | null;
  max?: number | null;
  step?: number | null;
  unit?: string | null;
  max_length?: number | null;
  enable_when?: EnableWhen[] | null;
  enable_behavior?: "any" | "all" | null;
  items?: FormItem[] | null;
}

export interface Form {
  questionnaire_id: string;
  version: string;
  title: string;
  intro: string;
  items: FormItem[];
}

export type FollowupStatus = "planned" | "open" | "answered" | "expired";

export interface Followup {
  id: string;
  patient_id: string;
  patient_name: string;
  title: string;
  kind: string;
  status: FollowupStatus;
  due_at: string;
  expires_at: string;
  answered_at: string | null;
  score_text: string | null;
  total: number | null;
  red: boolean;
  channel?: string | null;
  message_state: string | null;
}

export interface FollowupDetail extends Followup {
  note: string | null;
  answered_by: string | null;
  answers: { link_id: string; text: string; answer_text: string; red: boolean }[];
  red_texts: string[];
}

export interface Sending {
  questionnaire_id: string;
  patient_ids: string[];
  due_at: string | null;
  note: string | null;
}

export interface SendingResult {
  created: string[];
  skipped: { patient_id: string; reason: string }[];
}

export type MenuType = "view" | "click" | "miniprogram";

export interface MenuButton {
  name: string;
  type?: MenuType | null;
  key?: string | null;
  url?: string | null;
  appid?: string | null;
  pagepath?: string | null;
  sub_button?: MenuButton[] | null;
}

export interface Menu {
  button: MenuButton[];
}

export interface MenuState {
  draft: Menu;
  published: { version: number; at: string; by: string; menu: Menu } | null;
  versions: { version: number; at: string; by: string }[];
}

export type ArticleState = "draft" | "sending" | "sent" | "publishing" | "published" | "failed";

export interface ArticleRow {
  id: string;
  title: string;
  author: string;
  digest: string;
  cover_id: string | null;
  cover_url: string | null;
  state: ArticleState;
  updated_at: string;
  updated_by: string | null;
}

export interface ArticleEvent {
  at: string;
  by: string | null;
  kind: string;
  text: string;
}

export interface Article extends ArticleRow {
  content_html: string;
  history: ArticleEvent[];
}

export interface ArticleInput {
  title: string;
  author: string;
  digest: string;
  cover_id: string | null;
  content_html: string;
}

export interface Followers extends Page<{ account_id: string; name: string }> {
  total: number;
  mass_sends_left: number;
}

export interface Message {
  id: string;
  key: string;
  title: string;
  tier: string;
  state: string;
  channel: string | null;
  last_code: string | null;
  created_at: string;
  settled_at: string | null;
}
