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
  let body: BodyInit | undefined = asked.form;
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
const put = <R>(path: string, body: unknown) => call<R>("PUT", path, { body });
const remove = <R>(path: string) => call<R>("DELETE", path);

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

  questionnaires: () => get<T.Page<T.Questionnaire>>("/staff/questionnaires"),
  form: (id: string) => get<T.Form>(`/staff/questionnaires/${id}/form`),

  followups: (query: { status?: string; mine?: boolean; next?: string | null }) =>
    get<T.Page<T.Followup>>("/staff/followups", query),
  followup: (id: string) => get<T.FollowupDetail>(`/staff/followups/${id}`),
  sendFollowups: (sending: T.Sending, key: string) => post<T.SendingResult>("/staff/followups", sending, key),

  menu: () => get<T.MenuState>("/staff/menu"),
  saveMenu: (menu: T.Menu) => put<unknown>("/staff/menu", { menu }),
  publishMenu: () => post<{ version: number }>("/staff/menu/publication"),
  restoreMenu: (version: number) => post<unknown>(`/staff/menu/versions/${version}/restore`),

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

  messages: (query: { state?: string; next?: string | null }) => get<T.Page<T.Message>>("/staff/messages", query),

  members: () => get<T.Page<T.Member>>("/staff/members"),
  addMember: (input: T.NewMember) => post<T.Member>("/staff/members", input),
  changeMember: (id: string, input: T.MemberChange) => put<T.Member>(`/staff/members/${id}`, input),
};

/** The sentence to show for anything that went wrong. */
export function sentence(error: unknown): string {
  if (!(error instanceof Refused)) return "页面出了点问题，请刷新后再试。";
  const { problems } = error.details;
  return Array.isArray(problems) && problems.length ? `${error.message}${problems.join("；")}。` : error.message;
}
