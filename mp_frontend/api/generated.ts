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

/** For the overview: open and red, open, taken and not dealt with. */
export interface AlertCounts {
  red: number;
  open: number;
  taken: number;
}

/** Who looks after alarms of this plan: a department (None: the patient's), its doctor or a role. */
export interface AlertOwner {
  department_id?: string | null;
  to?: "doctor" | "nurse" | "department";
}

export interface AlertQuery {
  state?: "open" | "acknowledged" | "resolved";
  next?: string | null;
}

export interface Alerts {
  items: ShownAlert[];
  next?: string | null;
}

export interface AnchorInput {
  kind: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report";
  on: string;
}

export interface AnswerProblem {
  link_id: string;
  problem: string;
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

/** A range of scores and what it is called; `min` and `max` belong to it, `below` does not. */
export interface Band {
  min: number;
  max?: number | null;
  below?: number | null;
  label: string;
  level?: "red" | "orange" | "yellow" | null;
  who?: Who | null;
  requires?: Limit[];
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

/** What follows a step instead of the usual. The first branch that fits decides. `findings`: one of them in this answer, and `in_a_row` times running. No findings: any `outcome`. `go`: a step, or "end". `in_days` from this answer; without it the step's own offset counts. `refer`: a member of the staff is asked to send the patient to a doctor. */
export interface Branch {
  outcome?: "answered" | "expired";
  findings?: string[];
  in_a_row?: number;
  go: string;
  in_days?: number | null;
  refer?: boolean;
  why: string;
}

/** A menu button in WeChat's own shape. `value`: what a button made by hand shows. */
export interface Button_Input {
  name: string;
  type?: "view" | "click" | "miniprogram" | "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin" | "location_select" | "media_id" | "article_id" | "article_view_limited" | "view_limited" | "text" | "img" | "photo" | "video" | "voice" | "news" | null;
  key?: string | null;
  url?: string | null;
  appid?: string | null;
  pagepath?: string | null;
  media_id?: string | null;
  article_id?: string | null;
  value?: string | null;
  sub_button?: Button_Input[] | null;
}

/** A menu button in WeChat's own shape. `value`: what a button made by hand shows. */
export interface Button_Output {
  name: string;
  type?: "view" | "click" | "miniprogram" | "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin" | "location_select" | "media_id" | "article_id" | "article_view_limited" | "view_limited" | "text" | "img" | "photo" | "video" | "voice" | "news" | null;
  key?: string | null;
  url?: string | null;
  appid?: string | null;
  pagepath?: string | null;
  media_id?: string | null;
  article_id?: string | null;
  value?: string | null;
  sub_button?: Button_Output[] | null;
}

/** `mine`: those I have taken. `overdue`: open ones whose time passed two hours ago. */
export interface CallQuery {
  state?: "open" | "done" | "given_up" | "not_needed";
  mine?: boolean;
  overdue?: boolean;
  next?: string | null;
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

export interface Choice {
  key: string;
  label: string;
}

/** Tasks chosen in a list. */
export interface Chosen {
  task_ids: string[];
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

/** A step to come, if all goes as usual. */
export interface Coming {
  title: string;
  due_at: string | null;
  why: string;
}

/** One comparison: of an answer (`question`, a linkId), or of a score ("total" or the name of a value). An answer of several values fits when one of them does. `rise`: by how much it has grown since the last time it was known is compared, not the number itself. */
export interface Condition {
  question?: string | null;
  score?: string | null;
  operator: "=" | "!=" | ">" | "<" | ">=" | "<=";
  value: string | boolean | number;
  rise?: boolean;
  who?: ForWhom | null;
}

/** Another menu for some people. */
export interface ConditionalMenu_Input {
  rule: MatchRule;
  button: Button_Input[];
}

/** Another menu for some people. */
export interface ConditionalMenu_Output {
  rule: MatchRule;
  button: Button_Output[];
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

/** Everything a plan says. `restarts`: a new anchor (another discharge) ends the old course and begins again. */
export interface Definition {
  key: string;
  title: string;
  summary?: string;
  anchor: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report";
  whom?: Whom;
  findings?: Finding[];
  steps: Step[];
  ends?: Ends;
  alert_owner?: AlertOwner;
  restarts?: boolean;
  sources?: string[];
  note?: string;
  licence?: string;
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
  channel: "assistant" | "template" | "subscribe" | "mini" | "text" | "mini_text" | "sms" | null;
  last_code: string | null;
  created_at: string;
  settled_at: string | null;
}

export interface DeliveryQuery {
  state?: State_Input | null;
  channel?: "assistant" | "template" | "subscribe" | "mini" | "text" | "mini_text" | "sms" | null;
  tier?: "critical" | "service" | "education" | null;
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

/** Alerts that are not dealt with, today's tasks, and what they may be narrowed by. */
export interface Desk {
  alerts: ShownAlert[];
  tasks: DeskTasks;
  departments: Choice[];
  doctors: Choice[];
  plans: Choice[];
}

/** What the desk attests: the document was seen, and a note on it. */
export interface DeskConfirmation {
  document_seen: true;
  proof_note?: string;
}

/** The first tasks of a group, and how many there are. */
export interface DeskGroup {
  items: DeskTask[];
  count: number;
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

/** Narrows the tasks; alerts are always shown. `mine`: what I sent, and plans that name me as the doctor. */
export interface DeskQuery {
  department_id?: string | null;
  doctor_id?: string | null;
  plan_key?: string | null;
  mine?: boolean;
}

export interface DeskRefusal {
  reason: string;
}

/** A task on the desk: with where it comes from, what is red, and who has seen or replied to it. */
export interface DeskTask {
  id: string;
  patient_id: string;
  patient_name: string;
  title: string;
  kind: "followup" | "research" | "satisfaction";
  status: server__followups__models__State;
  due_at: string;
  expires_at: string;
  answered_at: string | null;
  score_text: string | null;
  total: number | null;
  red: boolean;
  enrolment_id: string | null;
  message_state: string | null;
  department_id: string | null;
  sent_by_name: string;
  red_texts: string[];
  replied_at: string | null;
  seen_at: string | null;
  seen_by_name: string | null;
}

/** Red and unseen; answered today; overdue and unseen; due today or to be answered by today. */
export interface DeskTasks {
  red: DeskGroup;
  answered: DeskGroup;
  overdue: DeskGroup;
  due: DeskGroup;
}

/** One thing that is different in the newer of two menus. */
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

/** What became of the chosen tasks. */
export interface Done {
  done: string[];
  skipped: NotDone[];
}

export interface Draft {
  answers: Record<string, string | boolean | number | unknown[] | Record<string, unknown> | null>;
}

/** What the builder saves. Without `fhir` the bytes stay as they are; `revision` is the one it began with. */
export interface DraftInput {
  fhir?: Record<string, unknown> | null;
  kind?: "followup" | "research" | "satisfaction" | null;
  scoring?: Scoring | null;
  needs_approval?: boolean | null;
  revision?: number | null;
}

export interface DraftSummary {
  id: string;
  key: string;
  title: string;
  version: string;
  kind: "followup" | "research" | "satisfaction";
  state: "draft" | "waiting";
  item_count: number;
  warning_count: number;
  needs_approval: boolean;
  mine: boolean;
  changed_at: string;
}

export interface Drafts {
  items: DraftSummary[];
}

/** FHIR's enableWhen, with a coding given as its code. */
export interface EnableWhen {
  question: string;
  operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<=";
  answer: string | boolean | number;
}

/** What ends a plan by itself, besides a death, a refusal and its last step. */
export interface Ends {
  after_days?: number | null;
  after_answers?: number | null;
  lost_after?: number | null;
}

/** What happens, or has happened (`done`). */
export interface Enrolled {
  done: boolean;
  enrolled: WouldEnrol[];
  skipped: NotEnrolled[];
  ids?: string[];
}

/** Whom to enrol: these patients, or those in my care whom the filter fits. */
export interface Enrolling {
  plan_key: string;
  anchor_on: string;
  patient_ids?: string[];
  filter?: Filter | null;
}

export interface EnrolmentQuery {
  plan_key?: string | null;
  patient_id?: string | null;
  state?: "active" | "paused" | "ended" | null;
  next?: string | null;
}

export interface EnrolmentRow {
  id: string;
  plan_key: string;
  plan_id: string;
  plan_title: string;
  version: number;
  patient_id: string;
  patient_name: string;
  state: "active" | "paused" | "ended";
  now_text: string;
  due_at: string | null;
  sent: boolean;
  waits_for: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report" | null;
  ending: "finished" | "answers_enough" | "time_over" | "lost" | "refused" | "opted_out" | "deceased" | "stopped" | "restarted" | null;
  ending_text: string;
  enrolled_at: string;
}

export interface EnrolmentRows {
  items: EnrolmentRow[];
  next: string | null;
}

/** An imported calculation (SDC calculatedExpression); `why_not` when it is not used. */
export interface Expression {
  link_id: string;
  label: string;
  language: string;
  text: string;
  variables?: [string, string][];
  why_not?: string | null;
}

/** Why a call did not reach somebody, and how many times that was the last word (R16). */
export interface Failure {
  outcome: string;
  count: number;
}

/** Tasks that were due from..to, both days included, in groups. */
export interface FigureQuery {
  from_on: string;
  to_on: string;
  by?: "month" | "department" | "plan" | "doctor" | "questionnaire";
}

/** One group. visited: 已随访 of 应随访; succeeded: 成功 of 已随访; satisfied: 满意 of the satisfaction answers. */
export interface FigureRow {
  key: string;
  label: string;
  visited: Rate;
  succeeded: Rate;
  satisfied: Rate;
}

/** `definitions` say in words what was counted. */
export interface Figures {
  rows: FigureRow[];
  total: FigureRow;
  failures: Failure[];
  recheck: Recheck;
  definitions: Record<string, string>;
}

/** Patients in my care whom all of this fits. */
export interface Filter {
  department_id?: string | null;
  sex?: "male" | "female" | null;
  age_from?: number | null;
  age_below?: number | null;
  visited_since?: string | null;
}

/** Something to look for in the answers of any step: found when one of `any` holds. */
export interface Finding {
  key: string;
  text: string;
  any: Condition[];
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

/** For whom something counts; ages in full years, `age_below` not included. */
export interface ForWhom {
  sex?: "male" | "female" | null;
  age_from?: number | null;
  age_below?: number | null;
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
  type: "group" | "display" | "boolean" | "choice" | "multi" | "open_choice" | "open_multi" | "dropdown" | "integer" | "decimal" | "quantity" | "date" | "datetime" | "time" | "string" | "text" | "slider" | "photo" | "body_site";
  required?: boolean;
  repeats?: boolean;
  most?: number | null;
  options?: Option[];
  units?: Option[];
  min?: number | null;
  max?: number | null;
  step?: number | null;
  unit?: string | null;
  earliest?: string | null;
  latest?: string | null;
  low_text?: string | null;
  high_text?: string | null;
  max_length?: number | null;
  pattern?: string | null;
  pattern_text?: string | null;
  enable_when?: EnableWhen[];
  enable_behavior?: "any" | "all";
  items?: FormItem[];
}

/** The answers to be handed in, and who gave them. */
export interface GivenTask {
  answers: Record<string, string | boolean | number | unknown[] | Record<string, unknown> | null>;
  answered_by?: "self" | "relative";
}

/** Who guards a child under 14, what shows it, and that he declares it. */
export interface GuardianIn {
  patient_id: string;
  proof_kind: "household_register" | "birth_certificate" | "other";
  proof_number: string;
  declared: true;
}

/** What WeChat holds now, and whether it is what we published last. changed: somebody changed it in WeChat's own console (`diff`: what) and publishing over it wants `mark`; unfinished: a publication of ours broke off half-way; unknown: WeChat does not answer. */
export interface Held {
  state: "same" | "changed" | "unfinished" | "unknown";
  mark?: string;
  menu?: Menu_Output | null;
  diff?: Difference[];
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

export interface Library {
  items: LibraryItem[];
}

/** A questionnaire that ships; `publish` false: not offered by itself, for the reason in `note`. */
export interface LibraryItem {
  key: string;
  title: string;
  version: string;
  source: string;
  licence: string;
  note: string;
  publish: boolean;
  in_use: boolean;
}

/** That all these values lie below a number. */
export interface Limit {
  values: string[];
  below: number;
}

/** One side of an entry: either a debit or a credit of one account. */
export interface Line {
  account: "wechat" | "patients" | "his" | "fees" | "suspense";
  debit_fen: number;
  credit_fen: number;
}

export interface LineError {
  line: number;
  text: string;
}

/** One thing on the line. `state` is the state of its own kind; `task_id` opens the answers. */
export interface LineItem {
  kind: "task" | "alert" | "call" | "appointment" | "report" | "plan";
  id: string;
  at: string;
  title: string;
  state: string;
  red?: boolean;
  texts?: string[];
  notes?: Note[];
  task_id?: string | null;
}

export interface Login {
  username: string;
  password: string;
}

/** Said twice on purpose: it goes to everybody. */
export interface MassSend {
  confirm: true;
}

/** Who sees a conditional menu: all that is given must fit. Platforms: 1 iOS, 2 Android, 3 other. */
export interface MatchRule {
  client_platform_type?: "1" | "2" | "3" | null;
  tag_id?: string | null;
  language?: string | null;
}

/** A staff member as shown to others. */
export interface Member {
  id: string;
  username: string;
  name: string;
  title: string;
  roles: ("admin" | "doctor" | "nurse" | "desk" | "finance" | "editor")[];
  department_ids: string[];
  doctor_id: string | null;
  disabled: boolean;
  must_change_password: boolean;
}

/** What an administrator changes; `password` sets a new first password. */
export interface MemberChange {
  name?: string | null;
  title?: string | null;
  roles?: ("admin" | "doctor" | "nurse" | "desk" | "finance" | "editor")[] | null;
  department_ids?: string[] | null;
  doctor_id?: string | null;
  disabled?: boolean | null;
  password?: string | null;
}

export interface Members {
  items: Member[];
}

/** The whole menu. Of the conditional ones, the first that fits a person is shown, otherwise `button`. */
export interface Menu_Input {
  button: Button_Input[];
  conditional?: ConditionalMenu_Input[];
}

/** The whole menu. Of the conditional ones, the first that fits a person is shown, otherwise `button`. */
export interface Menu_Output {
  button: Button_Output[];
  conditional?: ConditionalMenu_Output[];
}

export interface MenuDraft {
  menu: Menu_Input;
}

/** The draft, what was published last, what WeChat holds, all versions, and what publishing would change. */
export interface MenuState {
  draft: Menu_Output;
  published: PublishedMenu | null;
  held: Held;
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

/** One enrolment whose unsent step moves with a new version. */
export interface MovedDue {
  enrolment_id: string;
  patient_name: string;
  title: string;
  before_at: string | null;
  after_at: string | null;
  why: string;
}

/** What a change to this version does: `moves` shows the first; `stays` were sent, and stay as they are. */
export interface Moving {
  enrolments: number;
  moved: number;
  stays: number;
  cannot: number;
  moves: MovedDue[];
  done: boolean;
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

/** My mobile for alerts; empty: none. */
export interface MyPhone {
  phone: string;
}

/** `upcoming`: still to come, soonest first; `past`: the rest, newest first. */
export interface MyQuery {
  when?: "upcoming" | "past";
  next?: string | null;
}

/** As I see it. `code` is to be sent to the hospital's account from one's own WeChat: 绑定 and the six digits. */
export interface MyReach {
  phone_masked: string | null;
  wechat: boolean;
  code?: string | null;
}

/** A task in a patient's list. */
export interface MyTask {
  id: string;
  kind: "followup" | "research" | "satisfaction";
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

/** How a call ended. */
export interface NewAttempt {
  outcome: "reached" | "no_answer" | "wrong_number" | "suspended" | "powered_off" | "refused" | "deceased";
  note?: string;
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
  roles: ("admin" | "doctor" | "nurse" | "desk" | "finance" | "editor")[];
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

/** What was left out, and why. Names stand only where the member may know them; `by_name`: who was faster. */
export interface NotDone {
  task_id: string;
  patient_name?: string;
  reason: "no_care_relation" | "not_ended" | "not_sent" | "already_seen" | "not_seen_by_me" | "already_replied" | "already_asked";
  by_name?: string;
}

/** Who is not, and why. The name stands only where the member may know it. */
export interface NotEnrolled {
  patient_id: string;
  patient_name?: string;
  reason: "no_care_relation" | "unknown" | "already_enrolled" | "deceased" | "opted_out" | "not_fitting" | "nothing_left";
  text: string;
}

/** What somebody did about it: `code` is a call's outcome, an alert's action, or reply, resolved, seen. */
export interface Note {
  at: string;
  by_name: string;
  code: string;
  text?: string;
}

/** When a step is due: so many days after an anchor's date, or after the previous answer. */
export interface Offset {
  after?: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report" | "anchor" | "previous";
  days: number;
}

/** An alert opened: with the phone to call, whom it was told to, what was done. */
export interface OpenedAlert {
  id: string;
  task_id: string;
  patient_id: string;
  patient_name: string;
  department_name: string;
  level: "red" | "orange" | "yellow";
  reasons: Reason_Output[];
  state: "open" | "acknowledged" | "resolved";
  raised_at: string;
  deadline_at: string | null;
  overdue: boolean;
  step_who: "nurse" | "doctor" | "officer";
  round: number;
  taken_by_name: string | null;
  taken_by_me: boolean;
  taken_at: string | null;
  phone: string;
  guardian_name: string | null;
  told: ShownTold[];
  action: "called" | "messaged" | "visit" | "emergency" | "other" | null;
  note: string | null;
  outcome: string | null;
  resolved_at: string | null;
}

/** One phone task, opened. `phone` is "" when the HIS holds none; a minor's call goes to `guardian_name`. `subject_id`: for a follow-up the task whose answers may be written down during the call. */
export interface OpenedCall {
  id: string;
  kind: "undelivered" | "followup" | "other";
  state: "open" | "done" | "given_up" | "not_needed";
  subject: string;
  subject_id: string | null;
  patient_id: string;
  patient_name: string;
  guardian_name: string | null;
  phone: string;
  why: string;
  script: string;
  due_at: string;
  created_at: string;
  result: "reached" | "no_answer" | "wrong_number" | "suspended" | "powered_off" | "refused" | "deceased" | null;
  taken_by_name: string | null;
  taken_by_me: boolean;
  attempts: ShownAttempt[];
  attempts_left: number;
}

/** A task with its form, and what was saved while it is open. */
export interface OpenedTask {
  task: MyTask;
  form: Form;
  draft: Record<string, string | boolean | number | unknown[] | Record<string, unknown>> | null;
  note: string | null;
  reply?: string | null;
  replied_at?: string | null;
}

export interface OpeningsQuery {
  next?: string | null;
}

export interface Option {
  value: string;
  label: string;
}

/** Everything about one order. `whole_only`: only all of it can go back. `no_refund` says why nothing can be sent back now. */
export interface OrderFile {
  order: StaffOrder;
  refunds: StaffRefund[];
  ledger: StaffEntry[];
  whole_only: boolean;
  no_refund: string | null;
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
  alerts: AlertCounts;
  write_backs: Counts;
  openings_waiting: number;
  calls_due: number;
  refunds_failed: number;
}

/** The number that the person's WeChat is bound to. */
export interface OwnPhone {
  phone: string;
}

/** The address of the page as the browser has it, without `#…`. */
export interface PageAddress {
  url: string;
}

export interface PasswordChange {
  old: string;
  new: string;
}

/** A step that is over, in words. */
export interface Past {
  title: string;
  due_at: string;
  at: string;
  outcome: "answered" | "expired" | "skipped";
  why: string;
  found: string[];
  decided: string;
  refer: boolean;
  call: "reached" | "no_answer" | "wrong_number" | "suspended" | "powered_off" | "refused" | "deceased" | null;
  task_id: string | null;
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

/** Everything about one patient's follow-up, newest first. `more`: there is older that is not shown. `missing`: what this role may not see, or what could not be read now. */
export interface PatientLine {
  items: LineItem[];
  series: Series[];
  plans: ReadEnrolment[];
  more: boolean;
  missing: ("reports" | "appointments")[];
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

/** The one-time code of the mini-program's getPhoneNumber button. */
export interface PhoneButton {
  code: string;
}

export interface PhoneIn {
  phone: string;
}

export interface PhoneTasks {
  items: ShownTask[];
  next?: string | null;
}

/** A draft to be kept; `revision` is the one it began with. */
export interface PlanInput {
  definition: Definition;
  revision?: number | null;
}

export interface PlanSummary {
  id: string;
  key: string;
  version: number;
  title: string;
  summary: string;
  state: "draft" | "published" | "retired";
  anchor: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report";
  anchor_text: string;
  automatic: boolean;
  steps: number;
  signed: boolean;
  sign_off_text: string;
  trial: boolean;
  active: number;
  changed_at: string;
}

export interface Plans {
  items: PlanSummary[];
}

export interface Point {
  at: string;
  total: number;
  band: string | null;
  red: boolean;
  task_id: string;
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

/** `over`: the mark of what WeChat holds, when somebody changed it there and it may be replaced all the same. */
export interface Publication {
  over?: string | null;
}

/** What became of a draft: published, or waiting for a second person. */
export interface Published {
  outcome: "published" | "waiting";
  questionnaire: ReadQuestionnaire | null;
  draft: ReadDraft | null;
}

export interface PublishedMenu {
  version: number;
  at: string;
  by: string;
  state: "published" | "publishing" | "failed";
  what?: "edited" | "rolled_back" | "removed";
  from_version?: number | null;
  menu: Menu_Output;
}

export interface QuestionnaireQuery {
  status?: "published" | "retired" | "all";
}

export interface QuestionnaireSummary {
  id: string;
  key: string;
  title: string;
  version: string;
  kind: "followup" | "research" | "satisfaction";
  status: "published" | "retired";
  item_count: number;
  scored: boolean;
  warning_count: number;
  published_at: string;
}

export interface Questionnaires {
  items: QuestionnaireSummary[];
}

/** Short answers that are often right, to begin with. */
export interface QuickReplies {
  items: string[];
}

/** One channel's quota of a day. `limit`: None when nobody limits it. `closed`: WeChat said that it is used up. */
export interface Quota {
  channel: "assistant" | "template" | "subscribe" | "mini" | "text" | "mini_text" | "sms";
  used: number;
  limit: number | null;
  closed: boolean;
}

export interface Quotas {
  on: string;
  items: Quota[];
}

/** A flag that was raised by an answer (`link_id`) or by the band of a value (its name). */
export interface Raised {
  link_id: string;
  text: string;
  level?: "red" | "orange" | "yellow";
}

/** A band behind a chart: from `low` to `high` (None: without end). */
export interface Range {
  label: string;
  low: number;
  high: number | null;
}

/** A share with its numerator and denominator, and a 95 % interval (Wilson); all None when nothing was counted. */
export interface Rate {
  numerator: number;
  denominator: number;
  rate: number | null;
  low: number | null;
  high: number | null;
}

/** A draft with everything the builder shows. `note`: why it was sent back. */
export interface ReadDraft {
  id: string;
  key: string;
  title: string;
  version: string;
  kind: "followup" | "research" | "satisfaction";
  state: "draft" | "waiting";
  item_count: number;
  warning_count: number;
  needs_approval: boolean;
  mine: boolean;
  changed_at: string;
  fhir: Record<string, unknown>;
  scoring: Scoring;
  form: Form;
  warnings: Warned[];
  weights: Record<string, Record<string, number>>;
  expressions: Expression[];
  note: string | null;
  revision: number;
  version_free: boolean;
}

/** An enrolment's line: what was, what is, what comes. */
export interface ReadEnrolment {
  id: string;
  plan_key: string;
  plan_id: string;
  plan_title: string;
  version: number;
  patient_id: string;
  patient_name: string;
  state: "active" | "paused" | "ended";
  now_text: string;
  due_at: string | null;
  sent: boolean;
  waits_for: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report" | null;
  ending: "finished" | "answers_enough" | "time_over" | "lost" | "refused" | "opted_out" | "deceased" | "stopped" | "restarted" | null;
  ending_text: string;
  enrolled_at: string;
  anchors: Record<string, string>;
  enrolled_by_name: string;
  reason: string;
  past: Past[];
  current: Coming | null;
  current_task_id: string | null;
  coming: Coming[];
}

/** A plan with everything: the data to edit, and the same in words. */
export interface ReadPlan {
  id: string;
  key: string;
  version: number;
  title: string;
  summary: string;
  state: "draft" | "published" | "retired";
  anchor: "discharge" | "visit" | "operation" | "delivery" | "last_period" | "positive_report";
  anchor_text: string;
  automatic: boolean;
  steps: number;
  signed: boolean;
  sign_off_text: string;
  trial: boolean;
  active: number;
  changed_at: string;
  definition: Definition;
  timeline: TimelineRow[];
  ends_text: string[];
  whom_text: string;
  problems: string[];
  revision: number;
}

/** A published version with everything there is to read of it. */
export interface ReadQuestionnaire {
  id: string;
  key: string;
  title: string;
  version: string;
  kind: "followup" | "research" | "satisfaction";
  status: "published" | "retired";
  item_count: number;
  scored: boolean;
  warning_count: number;
  published_at: string;
  fhir: Record<string, unknown>;
  scoring: Scoring;
  form: Form;
  warnings: Warned[];
  weights: Record<string, Record<string, number>>;
  expressions: Expression[];
}

/** A task with its answers. */
export interface ReadTask {
  id: string;
  patient_id: string;
  patient_name: string;
  title: string;
  kind: "followup" | "research" | "satisfaction";
  status: server__followups__models__State;
  due_at: string;
  expires_at: string;
  answered_at: string | null;
  score_text: string | null;
  total: number | null;
  red: boolean;
  enrolment_id: string | null;
  message_state: string | null;
  note: string | null;
  answered_by: "self" | "relative" | "staff" | null;
  answers: ShownAnswer[];
  red_texts: string[];
  reply: string | null;
  replied_at: string | null;
  replied_by_name: string | null;
  seen_at: string | null;
  seen_by_name: string | null;
}

export interface Reason_Input {
  reason: string;
}

/** Why there is an alert. The text is sealed. */
export interface Reason_Output {
  source: "answer" | "score" | "trend" | "silence";
  text: string;
}

/** Who came again within 90 days (R18): targeted (in a plan) beside plain follow-up, and the difference. */
export interface Recheck {
  targeted: Rate;
  plain: Rate;
  difference: number | null;
  low: number | null;
  high: number | null;
}

export interface ReconciliationReport {
  on: string;
  state: "waiting" | "balanced" | "differs" | "settled";
  run_at: string | null;
  totals: Totals;
  open: number;
  settled: number;
  trouble: string | null;
  differences: ShownDifference[];
}

export interface Reconciliations {
  items: ShownReconciliation[];
  next?: string | null;
}

export interface ReconciliationsQuery {
  next?: string | null;
}

/** An answer that a person must see soon, whatever the score. */
export interface RedFlag {
  link_id: string;
  operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<=";
  answer: string | boolean | number;
  text: string;
  level?: "red" | "orange" | "yellow";
  who?: Who | null;
}

/** What a member of staff wants to send back, and why, for the hospital's own record. */
export interface RefundWish {
  amount_fen: number;
  reason: string;
}

/** The body of every refusal. */
export interface Refused {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

export interface Rejection {
  note: string;
}

/** A step that comes again. `times` counts all its occurrences; None: until something ends it. */
export interface Repeat {
  every_days: number;
  times?: number | null;
}

/** What the patient reads beside his answers; `replace`: instead of what he was told before. */
export interface Reply {
  text: string;
  replace?: boolean;
}

/** One text for all of them. */
export interface ReplyToChosen {
  task_ids: string[];
  text: string;
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

/** How it ended. `outcome` is read by the patient; `note` by staff only. */
export interface Resolving {
  outcome: string;
  note?: string;
}

/** How many of the messages of one kind led to an answer before the next message. */
export interface ResponseRow {
  key: string;
  label: string;
  answered: Rate;
}

/** By wave (first message, reminders), channel, hour of sending. */
export interface Responses {
  waves: ResponseRow[];
  channels: ResponseRow[];
  hours: ResponseRow[];
}

/** The whole duty roster; the first line that fits counts, those of a department before the hospital's. */
export interface Roster {
  shifts: Shift[];
}

/** One value of a plan. `reverse`: for these questions x counts as reverse_from - x. `hidden`: what a question that does not show counts. `sexes`: questions only for one sex. `least`: how many must be answered (all, if not given). `transform` "percent": (raw - lowest) / (highest - lowest) * 100 of `points_from`/`points_to` each. */
export interface Scale {
  name: string;
  label: string;
  items: string[];
  method?: "sum" | "mean" | "max";
  reverse?: string[];
  reverse_from?: number;
  sexes?: Record<string, "male" | "female">;
  hidden?: number | null;
  least?: number | null;
  transform?: "percent" | null;
  points_from?: number;
  points_to?: number;
  decimals?: number;
  bands?: Band[];
}

/** The printed code stays; what it is called, where it leads, and whether it is still in use may change. */
export interface SceneChange {
  name: string;
  place: string;
  kind: "site" | "hall" | "ward" | "leaflet" | "station" | "other";
  to?: string | null;
  retired: boolean;
}

export interface SceneDay {
  on: string;
  scans: number;
  new_followers: number;
}

/** The last thirty days, today last, days without a scan included. */
export interface SceneDays {
  items: SceneDay[];
}

/** What an editor says of a code. `name` is printed large, `place` says where it hangs. */
export interface SceneInput {
  name: string;
  place: string;
  kind: "site" | "hall" | "ward" | "leaflet" | "station" | "other";
  to?: string | null;
}

export interface SceneQuery {
  scene: "booking" | "followup" | "report";
}

/** A code with its numbers: all scans, new followers among them, and how many of those follow still. */
export interface SceneRow {
  id: string;
  name: string;
  place: string;
  kind: "site" | "hall" | "ward" | "leaflet" | "station" | "other";
  to: string | null;
  created_at: string;
  by: string;
  retired_at: string | null;
  scans: number;
  new_followers: number;
  still_following: number;
}

export interface Scenes {
  items: SceneRow[];
}

/** What came out. `total` is None where the questionnaire has no score or it cannot be computed. */
export interface Score {
  values?: ScoreValue[];
  total?: number | null;
  band?: string | null;
  red?: Raised[];
}

/** One computed value; `why_not` says in words why there is no total or no band. */
export interface ScoreValue {
  name: string;
  label: string;
  total?: number | null;
  band?: string | null;
  why_not?: string | null;
}

/** How answers become scores. `sum` and `bands` make the one total; `scales` make further values, and `total` names the one that is the total. `points` gives points to options that carry none. `conclude`: the bands that are worth saying when there is no total. `publish` false: in the library only, for the reason in `note`. */
export interface Scoring {
  sum?: string[];
  bands?: Band[];
  scales?: Scale[];
  total?: string | null;
  points?: Record<string, Record<string, number>>;
  conclude?: string[];
  red_flags?: RedFlag[];
  publish?: boolean;
  source?: string;
  licence?: string;
  note?: string;
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

/** The scores of one questionnaire over time, oldest first, with the bands of its newest version. */
export interface Series {
  key: string;
  title: string;
  points: Point[];
  bands: Range[];
}

/** How a difference is settled, and why. */
export interface Settlement {
  action: "ask_wechat" | "tell_his" | "refund" | "correct" | "explain";
  note?: string;
}

/** A CSV file in base64: card or document number and the anchor's date. `skip_errors`: enrol the good lines. */
export interface Sheet {
  plan_key: string;
  content: string;
  skip_errors?: boolean;
}

export interface SheetResult {
  done: boolean;
  enrolled: WouldEnrol[];
  skipped: NotEnrolled[];
  ids?: string[];
  lines: number;
  errors: LineError[];
}

/** Who is on duty when. `department_id` None: the whole hospital. `to` before `from_`: over midnight. */
export interface Shift {
  who: "nurse" | "doctor" | "officer";
  department_id?: string | null;
  weekdays?: number[];
  from?: string;
  to?: string;
  member_ids: string[];
}

/** An alert in the list. `overdue`: its deadline has passed (the next step follows within seconds). */
export interface ShownAlert {
  id: string;
  task_id: string;
  patient_id: string;
  patient_name: string;
  department_name: string;
  level: "red" | "orange" | "yellow";
  reasons: Reason_Output[];
  state: "open" | "acknowledged" | "resolved";
  raised_at: string;
  deadline_at: string | null;
  overdue: boolean;
  step_who: "nurse" | "doctor" | "officer";
  round: number;
  taken_by_name: string | null;
  taken_by_me: boolean;
  taken_at: string | null;
}

/** One question and its answer in words. */
export interface ShownAnswer {
  link_id: string;
  text: string;
  answer_text: string;
  red: boolean;
  photos?: string[];
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

export interface ShownAttempt {
  at: string;
  by_name: string;
  outcome: "reached" | "no_answer" | "wrong_number" | "suspended" | "powered_off" | "refused" | "deceased";
  note: string;
}

export interface ShownCard {
  id: string;
  kind: "outpatient" | "inpatient";
  number_masked: string;
}

/** A difference in words that a cashier understands, and what may be done about it. */
export interface ShownDifference {
  id: string;
  kind: "wechat_only" | "ledger_only" | "amount_differs" | "refund_wechat_only" | "refund_ledger_only" | "refund_amount_differs" | "his_missing" | "his_only" | "his_amount_differs" | "his_unnoted" | "fee_differs";
  text: string;
  number: string;
  order_id: string | null;
  refund_id: string | null;
  order_kind: "appointment" | "bill" | "deposit" | null;
  wechat_fen: number | null;
  ledger_fen: number | null;
  his_fen: number | null;
  state: "open" | "settled";
  how: "ask_wechat" | "tell_his" | "refund" | "correct" | "explain" | "vanished" | null;
  note: string;
  by_name: string;
  settled_at: string | null;
  asked_at: string | null;
  actions: ("ask_wechat" | "tell_his" | "refund" | "correct" | "explain")[];
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

/** A day in the list. */
export interface ShownReconciliation {
  on: string;
  state: "waiting" | "balanced" | "differs" | "settled";
  run_at: string | null;
  totals: Totals;
  open: number;
  settled: number;
  trouble: string | null;
}

export interface ShownRoster {
  shifts: Shift[];
  changed_at: string | null;
  names: Record<string, string>;
}

/** A phone task in the list: neither the whole name nor the number nor what is to be said. */
export interface ShownTask {
  id: string;
  kind: "undelivered" | "followup" | "other";
  state: "open" | "done" | "given_up" | "not_needed";
  subject: string;
  patient_name_masked: string;
  department_name: string;
  due_at: string;
  is_due: boolean;
  is_overdue: boolean;
  attempts: number;
  last_outcome: "reached" | "no_answer" | "wrong_number" | "suspended" | "powered_off" | "refused" | "deceased" | null;
  taken_by_name: string | null;
  taken_by_me: boolean;
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

export interface ShownTold {
  at: string;
  who: "nurse" | "doctor" | "officer";
  names: string[];
}

/** One thing to tell the HIS, as the console shows it. */
export interface ShownWriteBack {
  id: string;
  kind: "appointment" | "appointment_cancel" | "bill" | "bill_cancel" | "deposit" | "deposit_cancel";
  status: "waiting" | "written" | "refused";
  title: string;
  patient_name: string;
  tries: number;
  reason: string | null;
  created_at: string;
  next_try_at: string | null;
}

/** What came and what went on a day, how often and how much. */
export interface Side {
  came?: number;
  came_fen?: number;
  went?: number;
  went_fen?: number;
}

/** `revision` is the one that was read: nobody signs what he has not seen. */
export interface SignOffInput {
  note?: string;
  revision?: number | null;
}

/** Who was not sent it, and why. The name stands only where the sender may know it. */
export interface Skipped {
  patient_id: string;
  patient_name?: string;
  reason: "no_care_relation" | "opted_out" | "no_wechat" | "already_open";
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

/** What a patient said on the phone, as a member of the staff wrote it down. */
export interface StaffAnswers {
  answers: Record<string, string | boolean | number | unknown[] | Record<string, unknown> | null>;
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

/** One entry of the ledger as the console shows it. */
export interface StaffEntry {
  id: string;
  kind: "paid" | "refunded" | "charged" | "uncharged" | "fee" | "correction";
  at: string;
  lines: Line[];
  note: string;
}

/** An order as the console lists it. `left_fen` can still be sent back; names are masked. */
export interface StaffOrder {
  id: string;
  kind: "appointment" | "bill" | "deposit";
  title: string;
  patient_name: string;
  amount_fen: number;
  refunded_fen: number;
  left_fen: number;
  status: "created" | "prepaid" | "paid" | "closed" | "refunding" | "refunded" | "partly_refunded" | "abnormal";
  transaction_id: string | null;
  created_at: string;
  paid_at: string | null;
}

/** `on` is the day on which it was made; `number` an order's number, here or at WeChat Pay. */
export interface StaffOrderQuery {
  status?: "created" | "prepaid" | "paid" | "closed" | "refunding" | "refunded" | "partly_refunded" | "abnormal" | null;
  kind?: "appointment" | "bill" | "deposit" | null;
  on?: string | null;
  number?: string | null;
  next?: string | null;
}

export interface StaffOrders {
  items: StaffOrder[];
  next?: string | null;
}

/** A day's bookings (today by default). */
export interface StaffQuery {
  on?: string | null;
  department_id?: string | null;
  status?: "held" | "confirmed" | "checked_in" | "seen" | "cancelled" | "expired" | "refused" | "stopped" | null;
  next?: string | null;
}

/** A refund as the console shows it; `problem` is why it did not come about. */
export interface StaffRefund {
  id: string;
  amount_fen: number;
  reason: string;
  status: "at_his" | "waiting" | "processing" | "success" | "abnormal" | "closed" | "refused";
  problem: string | null;
  asked_by: string;
  created_at: string | null;
  settled_at: string | null;
}

/** A task in a list for staff. */
export interface StaffTask {
  id: string;
  patient_id: string;
  patient_name: string;
  title: string;
  kind: "followup" | "research" | "satisfaction";
  status: server__followups__models__State;
  due_at: string;
  expires_at: string;
  answered_at: string | null;
  score_text: string | null;
  total: number | null;
  red: boolean;
  enrolment_id: string | null;
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

/** One contact. After `due` there are `window_days` to answer and `grace_days` more. `reminders`: days after sending. `call_after_days`: when a member of the staff phones; None: nobody does. `channels`: "wechat" is every way messages have (the last is a text message), "phone" a person. */
export interface Step {
  key: string;
  title: string;
  offset: Offset;
  at?: string;
  window_days?: number;
  grace_days?: number;
  questionnaire: string;
  channels?: ("wechat" | "phone")[];
  reminders?: number[];
  call_after_days?: number | null;
  script?: string;
  repeat?: Repeat | null;
  branches?: Branch[];
}

/** `opted_out`: the patient wants no follow-up at all any more: every plan of his ends. */
export interface Stopping {
  reason: string;
  opted_out?: boolean;
}

export interface SubscriptionTemplate {
  key: string;
  template_id: string;
  title: string;
}

export interface SubscriptionTemplates {
  items: SubscriptionTemplate[];
}

/** A tag of the account, made in WeChat's own console; `count` followers have it. */
export interface Tag {
  id: string;
  name: string;
  count: number;
}

export interface Tags {
  items: Tag[];
}

/** Somebody takes an alert: what he did first. */
export interface Taking {
  action: "called" | "messaged" | "visit" | "emergency" | "other";
  note?: string;
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

/** A step in words. */
export interface TimelineRow {
  key: string;
  title: string;
  when: string;
  questionnaire: string;
  then: string[];
}

/** Today's bookings for the overview. */
export interface Today {
  appointments: number;
  checked_in: number;
  seen: number;
}

/** A day as each side has it. `ledger_his` is what our ledger says of the HIS; fees as WeChat Pay has them. `corrected_fen` is what corrections moved on our account at WeChat Pay, fees among them. */
export interface Totals {
  wechat?: Side;
  ledger?: Side;
  ledger_his?: Side;
  his?: Side;
  corrected_fen?: number;
  fees_fen?: number;
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

/** Answers to try a questionnaire with, for an invented person. */
export interface Trial {
  answers?: Record<string, string | boolean | number | unknown[] | Record<string, unknown> | null>;
  sex?: "male" | "female" | null;
  age?: number | null;
}

export interface TrialArm {
  text: string;
  answered: Rate;
}

/** `evidence` is an e-value: against "both do the same", valid however often one looks; 20 and more decides. */
export interface TrialFigure {
  key: string;
  note: string;
  arms: TrialArm[];
  evidence: number;
  decided: boolean;
  verdict: string;
}

export interface TrialFigures {
  items: TrialFigure[];
}

/** What shows, what would be refused, and what comes out. */
export interface TrialResult {
  shown: string[];
  problems: AnswerProblem[];
  answers: ShownAnswer[];
  score: Score;
}

/** One publication: its number, when and by whom, how it ended, and which version it brought back. */
export interface Version {
  version: number;
  at: string;
  by: string;
  state: "published" | "publishing" | "failed";
  what?: "edited" | "rolled_back" | "removed";
  from_version?: number | null;
}

/** What the importer could not use as it stood, for the doctor to read. */
export interface Warned {
  link_id?: string | null;
  text: string;
}

/** For whom a band or a flag counts; ages in full years, `below` not included. */
export interface Who {
  sex?: "male" | "female" | null;
  age_from?: number | null;
  age_below?: number | null;
}

/** Who may be enrolled. `automatic`: the hospital's event enrols them by itself. `icd` are the beginnings of codes, `diagnoses` words of a diagnosis as the HIS writes it; one that fits is enough. Empty lists ask for nothing. What happened longer than `within_days` ago enrols nobody. */
export interface Whom {
  sex?: "male" | "female" | null;
  age_from?: number | null;
  age_below?: number | null;
  automatic?: boolean;
  within_days?: number;
  departments?: string[];
  icd?: string[];
  diagnoses?: string[];
}

/** Who is enrolled, and what comes first. */
export interface WouldEnrol {
  patient_id: string;
  patient_name: string;
  first_at: string | null;
  first_text: string;
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

/** planned: not due yet. open: sent, to be answered. withdrawn: taken back by staff, or by a plan that ended. */
export type server__followups__models__State = "planned" | "open" | "answered" | "expired" | "withdrawn";

/** Where a message is. `uncertain`: it may have arrived, and sending again might tell twice. */
export type server__messages__models__State = "waiting" | "sending" | "sent" | "delivered" | "failed" | "no_permission" | "uncertain";

/** The member who is logged in, with what he may do. */
export interface server__staff__models__Me {
  id: string;
  username: string;
  name: string;
  title: string;
  roles: ("admin" | "doctor" | "nurse" | "desk" | "finance" | "editor")[];
  department_ids: string[];
  doctor_id: string | null;
  disabled: boolean;
  must_change_password: boolean;
  scopes: string[];
}
