// The one door to the server: typed calls, the XSRF header, refusals as errors, and the hospital's clock.
import { heardNow } from "./clock";
import type * as T from "./types";

/** What the server answered instead of doing it; `message` is a sentence for people. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;
interface Asked {
  query?: Query;
  body?: unknown;
  form?: FormData;
  /** A FHIR file, sent as it is. */
  raw?: Blob;
  key?: string;
}

let loggedOut: () => void = () => {};

/** What to do when the session has ended. */
export function whenLoggedOut(act: () => void): void {
  loggedOut = act;
}

export function cookie(name: string, jar: string = document.cookie): string {
  const found = jar.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : "";
}

const WORDS: Record<number, string> = {
  403: "您没有权限进行此操作。",
  404: "没有找到相关内容，可能已被删除。",
  413: "提交的内容太大，请减少后再试。",
  429: "操作太频繁，请稍后再试。",
  503: "服务暂时不可用，请稍后再试。",
};

async function refusal(answer: Response): Promise<Refused> {
  const told = (await answer.json().catch(() => ({}))) as {
    code?: string;
    message?: string;
    details?: Record<string, unknown>;
  };
  const message = told.message || WORDS[answer.status] || "服务器出了点问题，请稍后再试。";
  return new Refused(answer.status, told.code ?? "unknown", message, told.details ?? {});
}

async function call<R>(method: string, path: string, asked: Asked = {}): Promise<R> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Xsrf-Token"] = cookie("sz_staff_xsrf");
  if (asked.key) headers["Idempotency-Key"] = asked.key;
  let body: BodyInit | undefined = asked.form ?? asked.raw;
  if (asked.raw) headers["Content-Type"] = "application/fhir+json";
  if (asked.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(asked.body);
  }
  const url = `/api${path}${queryText(asked.query)}`;
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers, body, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Refused(0, "offline", "网络连接不上，请检查网络后再试。");
  }
  heardNow(answer.headers.get("Suizhen-Now"));
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as R;
  const refused = await refusal(answer);
  if (refused.status === 401 && path !== "/staff/session" && refused.code !== "wrong_password") loggedOut();
  throw refused;
}

const get = <R>(path: string, query?: Query) => call<R>("GET", path, { query });
const post = <R>(path: string, body: unknown = {}, key?: string) => call<R>("POST", path, { body, key });
const del = <R>(path: string) => call<R>("DELETE", path);
const put = <R>(path: string, body: unknown) => call<R>("PUT", path, { body });
const remove = <R>(path: string) => call<R>("DELETE", path);

/** A file of the server, with the name it gives. */
async function download(path: string, query: Query): Promise<{ name: string; content: Blob }> {
  let answer: Response;
  try {
    answer = await fetch(`/api${path}${queryText(query)}`, { credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Refused(0, "offline", "网络连接不上，请检查网络后再试。");
  }
  if (!answer.ok) {
    const refused = await refusal(answer);
    if (refused.status === 401) loggedOut();
    throw refused;
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "answers";
  return { name, content: await answer.blob() };
}

function randomHex(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A key per intent: the same content sent twice from one form is done once, changed content anew. */
export function intents(): (content: unknown) => string {
  let last = "";
  let key = "";
  return (content) => {
    const text = JSON.stringify(content);
    if (text !== last || !key) key = randomHex();
    last = text;
    return key;
  };
}

export const api = {
  hospital: () => get<T.Hospital>("/hospital"),
  departments: () => get<T.Page<T.Department>>("/departments"),
  doctors: (department_id: string) => get<T.Page<T.Doctor>>("/doctors", { department_id }),

  whoAmI: () => get<T.Staff>("/staff/session"),
  logIn: (username: string, password: string) => post<T.Staff>("/staff/session", { username, password }),
  logOut: () => remove<void>("/staff/session"),
  changePassword: (old: string, fresh: string) => put<void>("/staff/password", { old, new: fresh }),

  overview: () => get<T.Overview>("/staff/overview"),

  patients: (query: { q?: string; scope: "mine" | "all"; next?: string | null }) =>
    query.q
      ? post<T.Page<T.PatientRow>>("/staff/patients/search", query)
      : get<T.Page<T.PatientRow>>("/staff/patients", { scope: query.scope, next: query.next }),
  patient: (id: string) => get<T.Patient>(`/staff/patients/${id}`),
  report: (id: string) => get<T.Report>(`/staff/reports/${id}`),

  appointments: (query: { on: string; department_id?: string; status?: string; next?: string | null }) =>
    get<T.Page<T.Appointment>>("/staff/appointments", query),

  openings: (query: { next?: string | null } = {}) => get<T.Page<T.Opening>>("/staff/openings", query),
  confirmOpening: (id: string, proof_note: string) =>
    post<void>(`/staff/openings/${id}/confirmation`, { document_seen: true, proof_note }),
  refuseOpening: (id: string, reason: string) => post<void>(`/staff/openings/${id}/refusal`, { reason }),

  writeBacks: (query: { status?: string; next?: string | null }) =>
    get<T.Page<T.WriteBack>>("/staff/write-backs", query),
  retryWriteBack: (id: string) => post<void>(`/staff/write-backs/${id}/retry`),

  phoneTasks: (query: { state?: string; mine?: boolean; overdue?: boolean; next?: string | null }) =>
    get<T.Page<T.PhoneTask>>("/staff/phone-tasks", query),
  phoneTask: (id: string) => get<T.OpenedCall>(`/staff/phone-tasks/${id}`),
  takePhoneTask: (id: string) => post<void>(`/staff/phone-tasks/${id}/take`),
  releasePhoneTask: (id: string) => post<void>(`/staff/phone-tasks/${id}/release`),
  noteCall: (id: string, outcome: T.CallOutcome, note: string, key: string) =>
    post<T.OpenedCall>(`/staff/phone-tasks/${id}/attempts`, { outcome, note }, key),

  alerts: (query: { state?: string; next?: string | null }) => get<T.Page<T.AlertRow>>("/staff/alerts", query),
  alert: (id: string) => get<T.AlertFile>(`/staff/alerts/${id}`),
  takeAlert: (id: string, action: T.AlertAction, note: string) =>
    post<T.AlertFile>(`/staff/alerts/${id}/taking`, { action, note }),
  resolveAlert: (id: string, outcome: string, note: string) =>
    post<T.AlertFile>(`/staff/alerts/${id}/resolution`, { outcome, note }),
  roster: () => get<T.Roster>("/staff/roster"),
  saveRoster: (shifts: T.Shift[]) => put<T.Roster>("/staff/roster", { shifts }),
  myReach: () => get<T.MyReach>("/staff/reach"),
  setMyPhone: (phone: string) => put<T.MyReach>("/staff/reach", { phone }),
  myLinkCode: () => post<T.MyReach>("/staff/reach/wechat"),
  unlinkMyWeChat: () => del<T.MyReach>("/staff/reach/wechat"),

  reconciliations: (query: { next?: string | null } = {}) =>
    get<T.Page<T.ReconciledDay>>("/staff/reconciliations", query),
  reconciliation: (on: string) => get<T.Reconciliation>(`/staff/reconciliations/${on}`),
  reconcile: (on: string) => post<T.Reconciliation>(`/staff/reconciliations/${on}`),
  settleDifference: (on: string, id: string, action: T.DifferenceAction, note: string) =>
    post<T.Reconciliation>(`/staff/reconciliations/${on}/differences/${encodeURIComponent(id)}/settlement`, {
      action,
      note,
    }),

  orders: (query: { status?: string; kind?: string; on?: string; number?: string; next?: string | null }) =>
    get<T.Page<T.OrderRow>>("/staff/orders", query),
  order: (id: string) => get<T.OrderFile>(`/staff/orders/${id}`),
  refund: (id: string, wish: T.RefundWish, key: string) =>
    post<T.OrderFile>(`/staff/orders/${id}/refunds`, wish, key),
  refundAgain: (id: string) => post<T.OrderFile>(`/staff/refunds/${id}/again`),

  plans: () => get<T.Page<T.PlanRow>>("/staff/plans"),
  plan: (id: string) => get<T.PlanFile>(`/staff/plans/${id}`),
  beginPlan: (definition: T.PlanDefinition, key: string) => post<T.PlanFile>("/staff/plans", { definition }, key),
  changePlan: (id: string, definition: T.PlanDefinition, revision: number) =>
    put<T.PlanFile>(`/staff/plans/${id}`, { definition, revision }),
  signPlan: (id: string, note: string, revision: number) =>
    post<T.PlanFile>(`/staff/plans/${id}/sign-off`, { note, revision }),
  publishPlan: (id: string) => post<T.PlanFile>(`/staff/plans/${id}/publication`),
  retirePlan: (id: string) => call<T.PlanFile>("DELETE", `/staff/plans/${id}/publication`),
  planMove: (id: string) => get<T.PlanMove>(`/staff/plans/${id}/move`),
  movePlan: (id: string) => post<T.PlanMove>(`/staff/plans/${id}/move`),

  enrolments: (query: { plan_key?: string; patient_id?: string; state?: string; next?: string | null }) =>
    get<T.Page<T.EnrolmentRow>>("/staff/enrolments", query),
  enrolment: (id: string) => get<T.EnrolmentFile>(`/staff/enrolments/${id}`),
  previewEnrolling: (wish: T.Enrolling) => post<T.Enrolled>("/staff/enrolments/preview", wish),
  enrol: (wish: T.Enrolling, key: string) => post<T.Enrolled>("/staff/enrolments", wish, key),
  previewSheet: (plan_key: string, content: string) =>
    post<T.SheetResult>("/staff/enrolments/sheet/preview", { plan_key, content }),
  enrolSheet: (plan_key: string, content: string, skip_errors: boolean, key: string) =>
    post<T.SheetResult>("/staff/enrolments/sheet", { plan_key, content, skip_errors }, key),
  pauseEnrolment: (id: string, reason: string) => post<T.EnrolmentFile>(`/staff/enrolments/${id}/pause`, { reason }),
  resumeEnrolment: (id: string, reason: string) =>
    post<T.EnrolmentFile>(`/staff/enrolments/${id}/resumption`, { reason }),
  stopEnrolment: (id: string, reason: string, opted_out: boolean) =>
    post<T.EnrolmentFile>(`/staff/enrolments/${id}/stop`, { reason, opted_out }),
  dateEnrolment: (id: string, kind: T.AnchorKind, on: string) =>
    put<T.EnrolmentFile>(`/staff/enrolments/${id}/anchors`, { kind, on }),

  questionnaires: (status: "published" | "retired" | "all" = "published") =>
    get<T.Page<T.Questionnaire>>("/staff/questionnaires", { status }),
  questionnaire: (id: string) => get<T.QuestionnaireFile>(`/staff/questionnaires/${id}`),
  retireQuestionnaire: (id: string) => post<void>(`/staff/questionnaires/${id}/retirement`),
  copyQuestionnaire: (id: string) => post<T.DraftFile>(`/staff/questionnaires/${id}/drafts`),
  tryQuestionnaire: (id: string, trial: T.Trial) => post<T.TrialResult>(`/staff/questionnaires/${id}/trial`, trial),
  questionnaireLibrary: () => get<T.Page<T.LibraryItem>>("/staff/questionnaire-library"),
  copyFromLibrary: (key: string) => post<T.DraftFile>(`/staff/questionnaire-library/${key}/drafts`),
  importQuestionnaire: (file: File) => call<T.DraftFile>("POST", "/staff/questionnaire-imports", { raw: file }),
  questionnaireDrafts: () => get<T.Page<T.DraftRow>>("/staff/questionnaire-drafts"),
  questionnaireDraft: (id: string) => get<T.DraftFile>(`/staff/questionnaire-drafts/${id}`),
  beginQuestionnaire: (input: T.DraftInput) => post<T.DraftFile>("/staff/questionnaire-drafts", input),
  saveQuestionnaire: (id: string, input: T.DraftInput) => put<T.DraftFile>(`/staff/questionnaire-drafts/${id}`, input),
  deleteQuestionnaire: (id: string) => remove<void>(`/staff/questionnaire-drafts/${id}`),
  tryDraft: (id: string, trial: T.Trial) => post<T.TrialResult>(`/staff/questionnaire-drafts/${id}/trial`, trial),
  publishQuestionnaire: (id: string) => post<T.PublishOutcome>(`/staff/questionnaire-drafts/${id}/publication`),
  approveQuestionnaire: (id: string) => post<T.QuestionnaireFile>(`/staff/questionnaire-drafts/${id}/approval`),
  rejectQuestionnaire: (id: string, note: string) =>
    post<T.DraftFile>(`/staff/questionnaire-drafts/${id}/rejection`, { note }),
  form: (id: string) => get<T.Form>(`/staff/questionnaires/${id}/form`),

  followups: (query: { status?: string; mine?: boolean; next?: string | null }) =>
    get<T.Page<T.Followup>>("/staff/followups", query),
  followup: (id: string) => get<T.FollowupDetail>(`/staff/followups/${id}`),
  formForCall: (task: string) => get<T.Form>(`/staff/followups/${task}/answers`),
  answerForPatient: (task: string, answers: unknown, key: string) =>
    post<void>(`/staff/followups/${task}/answers`, { answers }, key),
  sendFollowups: (sending: T.Sending, key: string) => post<T.SendingResult>("/staff/followups", sending, key),

  desk: (query: { department_id?: string; doctor_id?: string; plan_key?: string; mine?: boolean }) =>
    get<T.Desk>("/staff/desk", query),
  seeFollowups: (task_ids: string[]) => post<T.Done>("/staff/followups/seen", { task_ids }),
  unseeFollowups: (task_ids: string[]) => post<T.Done>("/staff/followups/unseen", { task_ids }),
  replyToFollowups: (task_ids: string[], text: string) => post<T.Done>("/staff/followups/replies", { task_ids, text }),
  callFollowups: (task_ids: string[]) => post<T.Done>("/staff/followups/calls", { task_ids }),
  replyToFollowup: (id: string, text: string, replace: boolean, key: string) =>
    post<T.FollowupDetail>(`/staff/followups/${id}/reply`, { text, replace }, key),
  quickReplies: () => get<{ items: string[] }>("/staff/quick-replies"),
  patientLine: (id: string) => get<T.PatientLine>(`/staff/patients/${id}/line`),

  figures: (query: { from_on: string; to_on: string; by: T.FigureGrouping }) => get<T.Figures>("/staff/figures", query),
  responses: (query: { from_on: string; to_on: string }) => get<T.Responses>("/staff/figures/responses", query),
  trials: () => get<T.Trials>("/staff/figures/trials"),
  exportAnswers: (query: { questionnaire_id: string; from_on: string; to_on: string; purpose: string; format: string }) =>
    download("/staff/answers-export", query),

  menu: () => get<T.MenuState>("/staff/menu"),
  saveMenu: (menu: T.Menu) => put<unknown>("/staff/menu", { menu }),
  publishMenu: (over: string | null) => post<T.MenuVersion>("/staff/menu/publication", { over }),
  removeMenu: (over: string | null) => post<T.MenuVersion>("/staff/menu/removal", { over }),
  menuVersion: (version: number) => get<T.PublishedMenu>(`/staff/menu/versions/${version}`),
  rollBackMenu: (version: number, over: string | null) =>
    post<T.MenuVersion>(`/staff/menu/versions/${version}/roll-back`, { over }),
  menuTags: () => get<T.Page<T.MenuTag>>("/staff/menu/tags"),
  restoreMenu: (version: number) => post<unknown>(`/staff/menu/versions/${version}/restore`),

  scenes: () => get<T.Page<T.SceneRow>>("/staff/scenes"),
  makeScene: (input: T.SceneInput, key: string) => post<T.SceneRow>("/staff/scenes", input, key),
  changeScene: (id: string, input: T.SceneChange) => put<T.Page<T.SceneRow>>(`/staff/scenes/${id}`, input),
  sceneDays: (id: string) => get<T.Page<T.SceneDay>>(`/staff/scenes/${id}/days`),

  articles: (query: { next?: string | null } = {}) => get<T.Page<T.ArticleRow>>("/staff/articles", query),
  article: (id: string) => get<T.Article>(`/staff/articles/${id}`),
  writeArticle: (input: T.ArticleInput, key: string) => post<T.Article>("/staff/articles", input, key),
  changeArticle: (id: string, input: T.ArticleInput) => put<T.Article>(`/staff/articles/${id}`, input),
  deleteArticle: (id: string) => remove<void>(`/staff/articles/${id}`),
  previewArticle: (id: string, account_id: string) => post<unknown>(`/staff/articles/${id}/preview`, { account_id }),
  massSendArticle: (id: string, key: string) =>
    post<unknown>(`/staff/articles/${id}/mass-send`, { confirm: true }, key),
  publishArticle: (id: string, key: string) => post<unknown>(`/staff/articles/${id}/publication`, {}, key),
  followers: (query: { q?: string; next?: string | null } = {}) => get<T.Followers>("/staff/followers", query),
  uploadImage: (file: File) => {
    const form = new FormData();
    form.append("file", file);
    return call<{ id: string; url: string }>("POST", "/staff/images", { form });
  },

  messages: (query: { state?: string; channel?: string; tier?: string; next?: string | null }) =>
    get<T.Page<T.Message>>("/staff/messages", query),
  messageQuotas: () => get<T.Quotas>("/staff/messages/quotas"),

  members: () => get<T.Page<T.Member>>("/staff/members"),
  addMember: (input: T.NewMember) => post<T.Member>("/staff/members", input),
  changeMember: (id: string, input: T.MemberChange) => put<T.Member>(`/staff/members/${id}`, input),
};

/** The sentence to show for anything that went wrong. */
export function sentence(error: unknown): string {
  if (!(error instanceof Refused)) return "页面出了点问题，请刷新后再试。";
  const problems = problemsOf(error);
  return problems.length ? `${error.message}${problems.join("；").replace(/[。；]+$/, "")}。` : error.message;
}

/** What a refusal names one by one. */
export function problemsOf(error: unknown): string[] {
  const problems = error instanceof Refused ? error.details.problems : null;
  return Array.isArray(problems) ? problems.map((one) => (typeof one === "string" ? one : String((one as { text?: unknown }).text ?? ""))).filter(Boolean) : [];
}
