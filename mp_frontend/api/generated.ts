// Generated from handlers/openapi.json by generate.mjs. Do not edit.

/** A stay as shown. `balance_fen` is what is left of the deposit; negative when it is used up. */
export interface Admission {
  id: string;
  patient_id: string;
  patient_name: string;
  number_masked: string;
  department_name: string;
  ward: string;
  bed: string;
  admitted_on: string;
  discharged_on: string | null;
  deposit_fen: number;
  spent_fen: number;
  balance_fen: number;
  status: "in" | "out";
}

/** `as_of` is set when the HIS does not answer: some of these are as it had them then. */
export interface Admissions {
  items: Admission[];
  as_of?: string | null;
  next?: string | null;
}

export interface Appointments {
  items: ShownAppointment[];
  next?: string | null;
}

export interface Article {
  id: string;
  title: string;
  author: string;
  digest: string;
  cover_id: string | null;
  cover_url: string | null;
  state: "draft" | "sending" | "sent" | "publishing" | "published" | "failed";
  updated_at: string;
  updated_by: string | null;
  content_html: string;
  history: ArticleEvent[];
}

/** Something that happened to an article, in words. */
export interface ArticleEvent {
  at: string;
  by: string | null;
  kind: "created" | "edited" | "previewed" | "mass_sent" | "mass_result" | "published" | "publish_result";
  text: string;
}

/** What an editor writes. Limits are WeChat's (WECHAT.md 4.9). */
export interface ArticleInput {
  title: string;
  author?: string;
  digest?: string;
  cover_id?: string | null;
  content_html?: string;
}

export interface ArticleQuery {
  next?: string | null;
}

/** An article in the editor's list. */
export interface ArticleRow {
  id: string;
  title: string;
  author: string;
  digest: string;
  cover_id: string | null;
  cover_url: string | null;
  state: "draft" | "sending" | "sent" | "publishing" | "published" | "failed";
  updated_at: string;
  updated_by: string | null;
}

export interface ArticleRows {
  items: ArticleRow[];
  next: string | null;
}

/** A bill as its patient sees it. `total_fen` is the sum of its lines. */
export interface Bill {
  id: string;
  patient_id: string;
  patient_name: string;
  department_name: string;
  doctor_name: string;
  issued_at: string;
  total_fen: number;
  status: "unpaid" | "paying" | "paid" | "refunded";
  items: BillItem[];
}

/** One line. `quantity` is a decimal as text. */
export interface BillItem {
  name: string;
  spec?: string;
  quantity: string;
  unit?: string;
  unit_price_fen: number;
  amount_fen: number;
  category?: string;
}

export interface BillQuery {
  status?: "unpaid" | "paid" | null;
}

/** `as_of` is set when the HIS does not answer: some of these are as it had them then. */
export interface Bills {
  items: Bill[];
  as_of?: string | null;
  next?: string | null;
}

/** Which place for which patient. `subscribe` is the choice in WeChat's subscription pop-up; not used here. */
export interface Booking {
  slot_id: string;
  patient_id: string;
  subscribe?: string[] | boolean | null;
}

/** A menu button in WeChat's own shape. */
export interface Button_Input {
  name: string;
  type?: "view" | "click" | "miniprogram" | null;
  key?: string | null;
  url?: string | null;
  appid?: string | null;
  pagepath?: string | null;
  sub_button?: Button_Input[] | null;
}

/** A menu button in WeChat's own shape. */
export interface Button_Output {
  name: string;
  type?: "view" | "click" | "miniprogram" | null;
  key?: string | null;
  url?: string | null;
  appid?: string | null;
  pagepath?: string | null;
  sub_button?: Button_Output[] | null;
}

export interface CardIn {
  number: string;
}

/** Why this member may see this patient, and whether clinical records too. */
export interface Care {
  text: string;
  clinical: boolean;
}

/** What the phone read from the QR code; `appointment_id` when several fit. */
export interface CheckIn {
  station: string;
  appointment_id?: string | null;
}

/** One doctor on one half-day. `free` counts the places that can still be booked now. */
export interface Clinic {
  id: string;
  doctor_id: string;
  doctor_name: string;
  doctor_title: string;
  department_id: string;
  department_name: string;
  on: string;
  half: "am" | "pm";
  starts_at: string;
  ends_at: string;
  fee_fen: number;
  free: number;
  total: number;
  status: "open" | "full" | "stopped" | "past";
  location: string;
}

/** The timetable of a department or of a doctor, from a day on (today by default). */
export interface ClinicQuery {
  department_id?: string | null;
  doctor_id?: string | null;
  from_on?: string | null;
  days?: number;
}

export interface Clinics {
  items: Clinic[];
}

export interface CodeIn {
  code: string;
}

/** A code is on its way: how long it lives, when another may be asked for (seconds of real time). */
export interface CodeSent {
  expires_in_s: number;
  resend_in_s: number;
  sent_to?: string | null;
}

/** FHIR's enableWhen, with a coding given as its code. */
export interface Condition {
  question: string;
  operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<=";
  answer: string | boolean | number;
}

export interface Consent {
  purpose: "bind" | "records" | "notify";
  title: string;
  text: string;
  version: string;
  granted: boolean;
  granted_at: string | null;
}

export interface ConsentIn {
  granted: boolean;
}

export interface Consents {
  items: Consent[];
}

/** How many wait, and how many the HIS refused. */
export interface Counts {
  waiting: number;
  refused: number;
}

/** One line of a day. `quantity` is a decimal as text. */
export interface DailyItem {
  name: string;
  spec?: string;
  quantity: string;
  unit?: string;
  unit_price_fen: number;
  amount_fen: number;
  category?: string;
}

/** What one day has cost; `total_fen` is the sum of its lines. */
export interface DailyList {
  on: string;
  total_fen: number;
  items: DailyItem[];
}

export interface DailyLists {
  items: DailyList[];
  as_of?: string | null;
  next?: string | null;
}

export interface Deliveries {
  items: Delivery[];
  next: string | null;
}

/** A message as staff see it: neither its content nor whom it is about. */
export interface Delivery {
  id: string;
  key: string;
  title: string;
  tier: "critical" | "service" | "education";
  state: server__messages__models__State;
  channel: "template" | "subscribe" | "mini" | "text" | "sms" | null;
  last_code: string | null;
  created_at: string;
  settled_at: string | null;
}

export interface DeliveryQuery {
  state?: State_Input | null;
  next?: string | null;
}

/** A department as shown to patients. */
export interface Department {
  id: string;
  name: string;
  intro: string;
  location: string;
  floor: string;
  doctor_count: number;
}

export interface Departments {
  items: Department[];
}

/** What the desk attests: the document was seen, and a note on it. */
export interface DeskConfirmation {
  document_seen: true;
  proof_note?: string;
}

/** Somebody at the desk who asks to open a record. `his_name` is the HIS's name when it differs. */
export interface DeskOpening {
  id: string;
  desk_number: string;
  patient_name: string;
  his_name: string | null;
  document_masked: string;
  relation: "self" | "child" | "parent" | "spouse" | "other";
  minor: boolean;
  guardian: string | null;
  asked_at: string;
}

export interface DeskOpenings {
  items: DeskOpening[];
  next?: string | null;
}

export interface DeskRefusal {
  reason: string;
}

/** One thing that publishing would change. */
export interface Difference {
  kind: "added" | "removed" | "changed";
  path: string;
  text: string;
}

/** A doctor as shown to patients; `fee_fen` is the usual registration fee. */
export interface Doctor {
  id: string;
  name: string;
  title: string;
  department_id: string;
  department_name: string;
  speciality: string;
  intro: string;
  fee_fen: number;
}

/** Doctors of a department, or whose name or speciality contains `q`. */
export interface DoctorQuery {
  department_id?: string | null;
  q?: string | null;
}

export interface Doctors {
  items: Doctor[];
}

/** `number` may be empty only for a newborn, who then has his guardian's with his order. */
export interface DocumentIn {
  kind: "id_card" | "passport" | "hk_macau_pass" | "taiwan_pass" | "foreign_residence" | "none_newborn";
  number: string;
}

export interface Draft {
  answers: Record<string, string | boolean | number | string[]>;
}

/** A follower to preview to; WeChat tells us no names. */
export interface Follower {
  account_id: string;
  name: string;
}

/** `q`: the last characters of the account's id. */
export interface FollowerQuery {
  q?: string;
  next?: string | null;
}

/** `total`: how many a mass send reaches. `mass_sends_left`: of the month's four. */
export interface Followers {
  items: Follower[];
  next: string | null;
  total: number;
  mass_sends_left: number;
}

/** For the overview: due and unanswered, past their time, answered today, with a red flag today. */
export interface FollowupCounts {
  open: number;
  overdue: number;
  answered_today: number;
  red: number;
}

/** The derived form of one version of a questionnaire. */
export interface Form {
  questionnaire_id: string;
  version: string;
  title: string;
  intro?: string;
  items: FormItem[];
}

/** One question, heading or group as the phone shows it. */
export interface FormItem {
  link_id: string;
  text: string;
  type: "group" | "display" | "choice" | "multi" | "boolean" | "integer" | "decimal" | "string" | "text" | "date" | "slider";
  required?: boolean;
  options?: Option[];
  min?: number | null;
  max?: number | null;
  step?: number | null;
  unit?: string | null;
  max_length?: number | null;
  enable_when?: Condition[];
  enable_behavior?: "any" | "all";
  items?: FormItem[];
}

/** The answers to be handed in, and who gave them. */
export interface GivenTask {
  answers: Record<string, string | boolean | number | string[]>;
  answered_by?: "self" | "relative";
}

/** Who guards a child under 14, what shows it, and that he declares it. */
export interface GuardianIn {
  patient_id: string;
  proof_kind: "household_register" | "birth_certificate" | "other";
  proof_number: string;
  declared: true;
}

/** What the hospital says of itself. */
export interface Hospital {
  name?: string;
  intro?: string;
  phone?: string;
  address?: string;
  is_demo?: boolean;
}

/** The hospital's name and its telephone. */
export interface HospitalLine {
  name: string;
  phone: string;
}

/** WeChat's own names: they go into wx.config as they are. */
export interface JsConfig {
  appId: string;
  timestamp: number;
  nonceStr: string;
  signature: string;
}

export interface Login {
  username: string;
  password: string;
}

/** Said twice on purpose: it goes to everybody. */
export interface MassSend {
  confirm: true;
}

/** A staff member as shown to others. */
export interface Member {
  id: string;
  username: string;
  name: string;
  title: string;
  roles: ("admin" | "doctor" | "nurse" | "desk" | "editor")[];
  department_ids: string[];
  doctor_id: string | null;
  disabled: boolean;
  must_change_password: boolean;
}

/** What an administrator changes; `password` sets a new first password. */
export interface MemberChange {
  name?: string | null;
  title?: string | null;
  roles?: ("admin" | "doctor" | "nurse" | "desk" | "editor")[] | null;
  department_ids?: string[] | null;
  doctor_id?: string | null;
  disabled?: boolean | null;
  password?: string | null;
}

export interface Members {
  items: Member[];
}

/** The whole menu: {"button": […]}. */
export interface Menu_Input {
  button: Button_Input[];
}

/** The whole menu: {"button": […]}. */
export interface Menu_Output {
  button: Button_Output[];
}

export interface MenuDraft {
  menu: Menu_Input;
}

/** The draft, what followers see now, all versions, and what publishing would change. */
export interface MenuState {
  draft: Menu_Output;
  published: PublishedMenu | null;
  versions: Version[];
  diff: Difference[];
}

/** The one-time code of wx.login. */
export interface MiniLogin {
  code: string;
}

/** A session of the mini-program: send it as `Authorization: Bearer`. */
export interface MiniSession {
  token: string;
  account_id: string;
}

/** A patient as his account sees him: before opening only what it typed itself. */
export interface MyPatient {
  id: string;
  name: string;
  relation: "self" | "child" | "parent" | "spouse" | "other";
  sex: "male" | "female" | "unknown";
  birth_on: string;
  age_text: string;
  document_masked: string;
  phone_masked: string;
  cards: ShownCard[];
  active: boolean;
  records_open: boolean;
  opening: "none" | "code" | "desk_pending" | "open";
  minor: boolean;
  desk_number?: string | null;
}

export interface MyPatients {
  items: MyPatient[];
}

/** `upcoming`: still to come, soonest first; `past`: the rest, newest first. */
export interface MyQuery {
  when?: "upcoming" | "past";
  next?: string | null;
}

/** A task in a patient's list. */
export interface MyTask {
  id: string;
  kind: "followup" | "satisfaction";
  title: string;
  from_text: string;
  patient_id: string;
  patient_name: string;
  due_at: string;
  expires_at: string;
  status: "open" | "answered" | "expired";
  answered_at: string | null;
}

export interface MyTasks {
  items: MyTask[];
}

/** How much to add to the deposit of a stay. */
export interface NewDeposit {
  amount_fen: number;
  channel: "jsapi" | "mini_program";
}

/** What an administrator fills in for a new member. */
export interface NewMember {
  username: string;
  password: string;
  name: string;
  title?: string;
  roles: ("admin" | "doctor" | "nurse" | "desk" | "editor")[];
  department_ids?: string[];
  doctor_id?: string | null;
}

/** What an account types to bind a person. */
export interface NewPatient {
  name: string;
  document: DocumentIn;
  sex?: "male" | "female" | "unknown" | null;
  birth_on?: string | null;
  phone: string;
  phone_code: string;
  relation: "self" | "child" | "parent" | "spouse" | "other";
  guardian?: GuardianIn | null;
  consents: ("bind" | "records" | "notify")[];
}

/** A task with its form, and what was saved while it is open. */
export interface OpenedTask {
  task: MyTask;
  form: Form;
  draft: Record<string, string | boolean | number | string[]> | null;
  note: string | null;
}

export interface OpeningsQuery {
  next?: string | null;
}

export interface Option {
  value: string;
  label: string;
}

/** `refresh`: ask WeChat when the order is not settled. */
export interface OrderQuery {
  refresh?: boolean;
}

export interface Orders {
  items: ShownOrder[];
  next?: string | null;
}

export interface OrdersQuery {
  next?: string | null;
}

/** Zeros stand where this member may not look. */
export interface Overview {
  today: Today;
  followups: FollowupCounts;
  write_backs: Counts;
  openings_waiting: number;
}

/** The address of the page as the browser has it, without `#…`. */
export interface PageAddress {
  url: string;
}

export interface PasswordChange {
  old: string;
  new: string;
}

/** A patient with his bookings, follow-ups and reports. `reports` is null where this role may not see them. */
export interface PatientFile {
  id: string;
  name: string;
  sex: "male" | "female" | "unknown";
  age_text: string;
  phone_masked: string;
  document_masked: string;
  cards: ShownCard[];
  department_ids: string[];
  department_names?: string[];
  last_visit_on: string | null;
  birth_on: string | null;
  relation: Care;
  appointments: StaffAppointment[];
  followups: StaffTask[];
  reports: ReportSummary[] | null;
}

/** A patient in a staff list; the document only for the desk (R30). */
export interface PatientRow {
  id: string;
  name: string;
  sex: "male" | "female" | "unknown";
  age_text: string;
  phone_masked: string;
  document_masked: string;
  cards: ShownCard[];
  department_ids: string[];
  department_names?: string[];
  last_visit_on: string | null;
}

export interface PatientRows {
  items: PatientRow[];
  next: string | null;
}

/** `scope`: mine, or all I may see. */
export interface PatientsPage {
  scope?: "mine" | "all";
  next?: string | null;
}

/** `q`: a whole name, phone, card or document number. It comes in a body: no such thing stands in an address. */
export interface PatientsQuery {
  scope?: "mine" | "all";
  next?: string | null;
  q?: string;
}

/** Where the payment sheet is to open. */
export interface PayBody {
  channel: "jsapi" | "mini_program";
}

/** What WeChat's payment sheet is handed, by WeChat's own names: appId, timeStamp, nonceStr … */
export interface PaymentParams {
  appId: string;
  timeStamp: string;
  nonceStr: string;
  package: string;
  signType: "RSA";
  paySign: string;
}

export interface PhoneIn {
  phone: string;
}

/** How this person wants to see the pages. */
export interface Preferences {
  large_type: boolean;
}

export interface Prepay {
  order_id: string;
  params: PaymentParams;
}

export interface Preview {
  account_id: string;
}

export interface PublicArticle {
  id: string;
  title: string;
  digest: string;
  cover: string | null;
  author: string;
  published_at: string;
  content_html: string;
}

/** An article as patients see it in the list. */
export interface PublicArticleRow {
  id: string;
  title: string;
  digest: string;
  cover: string | null;
  author: string;
  published_at: string;
}

export interface PublicArticles {
  items: PublicArticleRow[];
  next?: string | null;
}

export interface PublishedMenu {
  version: number;
  at: string;
  by: string;
  menu: Menu_Output;
}

export interface QuestionnaireSummary {
  id: string;
  title: string;
  version: string;
  kind: string;
  item_count: number;
}

export interface Questionnaires {
  items: QuestionnaireSummary[];
}

/** A task with its answers. */
export interface ReadTask {
  id: string;
  patient_id: string;
  patient_name: string;
  title: string;
  kind: "followup" | "satisfaction";
  status: server__followups__models__State;
  due_at: string;
  expires_at: string;
  answered_at: string | null;
  score_text: string | null;
  total: number | null;
  red: boolean;
  message_state: string | null;
  note: string | null;
  answered_by: "self" | "relative" | null;
  answers: ShownAnswer[];
  red_texts: string[];
}

/** The body of every refusal. */
export interface Refused {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/** A report with all that must be printed on it (卫医发〔2006〕73号). */
export interface Report {
  id: string;
  title: string;
  kind: "lab" | "imaging";
  patient_name: string;
  sex: "male" | "female" | "unknown";
  age_text: string;
  visit_number_masked: string;
  department_name: string;
  laboratory: string;
  specimen: string | null;
  requested_at: string | null;
  collected_at: string | null;
  received_at: string | null;
  reported_at: string;
  operator: string;
  reviewer: string;
  status: "final" | "corrected";
  version: number;
  items: ReportItem[];
  findings: string | null;
  conclusion: string | null;
  statement: string;
}

/** One line of a laboratory report, as the sender wrote it. */
export interface ReportItem {
  code: string;
  name: string;
  value: string;
  unit: string;
  range_text: string;
  flag: "H" | "L" | "HH" | "LL" | "A" | null;
  has_trend: boolean;
}

/** Of one of my patients; of the active one by default. */
export interface ReportQuery {
  patient_id?: string | null;
}

/** A report in a list. To patients a held one shows neither its name nor whether anything is abnormal. */
export interface ReportSummary {
  id: string;
  title: string;
  kind: "lab" | "imaging";
  department_name: string;
  reported_at: string;
  status: "final" | "corrected";
  abnormal_count: number | null;
  held: boolean;
  held_text: string | null;
}

/** My reports, newest first. `as_of` is set when the HIS did not answer and these are copies. */
export interface Reports {
  items: ReportSummary[];
  as_of?: string | null;
}

export interface SceneQuery {
  scene: "booking" | "followup" | "report";
}

/** Send one questionnaire to one or more patients, now or later. */
export interface Sending {
  questionnaire_id: string;
  patient_ids: string[];
  due_at?: string | null;
  note?: string | null;
}

export interface Sent {
  created: string[];
  skipped: Skipped[];
}

/** One question and its answer in words. */
export interface ShownAnswer {
  link_id: string;
  text: string;
  answer_text: string;
  red: boolean;
}

/** A booking as its account sees it. `hold_until` is real time; everything else is the hospital's. */
export interface ShownAppointment {
  id: string;
  number: string;
  place_number: number;
  status: "held" | "confirmed" | "checked_in" | "seen" | "cancelled" | "expired" | "refused" | "stopped";
  patient_id: string;
  patient_name: string;
  doctor_id: string;
  doctor_name: string;
  department_id: string;
  department_name: string;
  location: string;
  clinic_id: string;
  starts_at: string;
  ends_at: string;
  fee_fen: number;
  hold_until: string | null;
  order_id: string | null;
  order_status: "created" | "prepaid" | "paid" | "closed" | "refunding" | "refunded" | "partly_refunded" | "abnormal" | null;
  can_cancel: boolean;
  cancel_until: string;
  can_check_in: boolean;
  his_status: "none" | "waiting" | "written" | "refused";
  note: string;
}

export interface ShownCard {
  id: string;
  kind: "outpatient" | "inpatient";
  number_masked: string;
}

/** An order as shown to the one who pays. */
export interface ShownOrder {
  id: string;
  out_trade_no: string;
  kind: "appointment" | "bill" | "deposit";
  subject_id: string;
  title: string;
  patient_name: string;
  amount_fen: number;
  refunded_fen: number;
  status: "created" | "prepaid" | "paid" | "closed" | "refunding" | "refunded" | "partly_refunded" | "abnormal";
  created_at: string;
  paid_at: string | null;
}

/** A ticket as the phone shows it. `expected_at` is simple: those ahead, at the clinic's usual pace. */
export interface ShownTicket {
  id: string;
  appointment_id: string;
  patient_id: string;
  patient_name: string;
  number: number;
  status: "waiting" | "called" | "seen" | "missed";
  room: string;
  doctor_name: string;
  department_name: string;
  ahead: number;
  position: number;
  expected_minutes: number | null;
  expected_at: string | null;
  calling_number: number | null;
  checked_in_at: string;
}

/** One thing to tell the HIS, as the console shows it. */
export interface ShownWriteBack {
  id: string;
  kind: "appointment" | "appointment_cancel" | "bill" | "deposit";
  status: "waiting" | "written" | "refused";
  title: string;
  patient_name: string;
  tries: number;
  reason: string | null;
  created_at: string;
  next_try_at: string | null;
}

/** Who was not sent it, and why. The name stands only where the sender may know it. */
export interface Skipped {
  patient_id: string;
  patient_name?: string;
  reason: "no_care_relation" | "no_wechat" | "already_open";
}

/** One place of a clinic. */
export interface Slot {
  id: string;
  number: number;
  starts_at: string;
  ends_at: string;
  free: boolean;
}

export interface Slots {
  clinic: Clinic;
  items: Slot[];
}

/** A booking as staff see it. */
export interface StaffAppointment {
  id: string;
  number: string;
  place_number: number;
  status: "held" | "confirmed" | "checked_in" | "seen" | "cancelled" | "expired" | "refused" | "stopped";
  patient_id: string;
  patient_name: string;
  phone_masked: string;
  doctor_name: string;
  department_id: string;
  department_name: string;
  location: string;
  starts_at: string;
  ends_at: string;
  fee_fen: number;
  channel: "wechat" | "mini_program" | "counter" | "kiosk" | "phone" | "114" | "12580" | "doctor";
  his_status: "none" | "waiting" | "written" | "refused";
  his_number: string | null;
  note: string;
  checked_in_at: string | null;
}

export interface StaffAppointments {
  items: StaffAppointment[];
  next?: string | null;
}

/** A day's bookings (today by default). */
export interface StaffQuery {
  on?: string | null;
  department_id?: string | null;
  status?: "held" | "confirmed" | "checked_in" | "seen" | "cancelled" | "expired" | "refused" | "stopped" | null;
  next?: string | null;
}

/** A task in a list for staff. */
export interface StaffTask {
  id: string;
  patient_id: string;
  patient_name: string;
  title: string;
  kind: "followup" | "satisfaction";
  status: server__followups__models__State;
  due_at: string;
  expires_at: string;
  answered_at: string | null;
  score_text: string | null;
  total: number | null;
  red: boolean;
  message_state: string | null;
}

export interface StaffTaskQuery {
  status?: "planned" | "open" | "answered" | "expired" | "overdue" | "red" | null;
  patient_id?: string | null;
  mine?: boolean;
  next?: string | null;
}

export interface StaffTasks {
  items: StaffTask[];
  next: string | null;
}

/** Where a message is. `uncertain`: it may have arrived, and sending again might tell twice. */
export type State_Input = "waiting" | "sending" | "sent" | "delivered" | "failed" | "no_permission" | "uncertain";

/** What was accepted in the mini-program's pop-up (the account's own pop-ups reach us as events). */
export interface SubscriptionAnswer {
  accepted: string[];
}

export interface SubscriptionTemplate {
  key: string;
  template_id: string;
  title: string;
}

export interface SubscriptionTemplates {
  items: SubscriptionTemplate[];
}

export interface TaskQuery {
  status?: "open" | "done";
}

/** What the patient reads after handing in. No score: a number without a doctor only frightens. */
export interface Thanks {
  thanks: string;
  advice: string | null;
}

export interface Tickets {
  items: ShownTicket[];
}

/** Today's bookings for the overview. */
export interface Today {
  appointments: number;
  checked_in: number;
  seen: number;
}

/** One item over time, same specimen and unit; the range as printed on the newest report. */
export interface Trend {
  name: string;
  unit: string;
  low: number | null;
  high: number | null;
  points: TrendPoint[];
}

export interface TrendPoint {
  at: string;
  value: number;
  flag: "H" | "L" | "HH" | "LL" | "A" | null;
}

export interface TrendQuery {
  code: string;
}

/** One published version: its number, when and by whom. */
export interface Version {
  version: number;
  at: string;
  by: string;
}

export interface WriteBackQuery {
  status?: "waiting" | "written" | "refused" | null;
  next?: string | null;
}

export interface WriteBacks {
  items: ShownWriteBack[];
  next?: string | null;
}

export interface handlers__me__Me {
  account_id: string;
  followed: boolean;
  active_patient: MyPatient | null;
  now: string;
  hospital: HospitalLine;
  preferences: Preferences;
  links?: Record<string, string>;
}

/** planned: not due yet. open: sent, to be answered. */
export type server__followups__models__State = "planned" | "open" | "answered" | "expired";

/** Where a message is. `uncertain`: it may have arrived, and sending again might tell twice. */
export type server__messages__models__State = "waiting" | "sending" | "sent" | "delivered" | "failed" | "no_permission" | "uncertain";

/** The member who is logged in, with what he may do. */
export interface server__staff__models__Me {
  id: string;
  username: string;
  name: string;
  title: string;
  roles: ("admin" | "doctor" | "nurse" | "desk" | "editor")[];
  department_ids: string[];
  doctor_id: string | null;
  disabled: boolean;
  must_change_password: boolean;
  scopes: string[];
}
