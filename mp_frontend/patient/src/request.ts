// One request to the hospital's server: session, XSRF, server time, and errors as sentences a patient understands.
import { t } from "./text";
import { noteServerTime } from "./clock";
// #ifdef H5
import { enterThroughWeChat } from "./h5/enter";
// #endif

/** Where the server lives, always with its host (uni-h5 takes "/api/…" of a picture for a path below /h5/): same origin on H5, a configured address in the mini-program. */
export let BASE = "";
// #ifdef H5
BASE = window.location.origin;
// #endif
// #ifndef H5
BASE = import.meta.env.VITE_API_BASE || "https://suizhen.example";
// #endif

const TOKEN = "sz_token";
let token = "";

/** What went wrong, ready to be shown. `status` 0 means that no answer came. */
export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly details: unknown = null) {
    super(message);
  }
}

export interface Options { query?: Record<string, string | number | boolean | undefined>; intent?: string }

export function queryText(query: Options["query"]): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "");
  return pairs.length ? "?" + pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&") : "";
}

const keys = new Map<string, string>();
/** The same key for the same intention, so a repeated tap or a lost answer never books or pays twice. */
export function keyOf(intent: string): string {
  const known = keys.get(intent);
  if (known) return known;
  const made = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
  keys.set(intent, made);
  return made;
}
/** The intention is carried out (or was refused for good): the next one like it is a new one. */
export function settle(intent: string): void {
  keys.delete(intent);
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export async function request<T>(method: Method, path: string, data?: object, options: Options = {}): Promise<T> {
  // #ifndef H5
  if (!currentToken()) await logIn();
  // #endif
  try {
    return await once<T>(method, path, data, options);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
    // #ifdef H5
    if (enterThroughWeChat()) return new Promise(() => undefined); // the page is being left: nothing more is shown
    throw problem;
    // #endif
    // #ifndef H5
    forgetToken();
    await logIn();
    return once<T>(method, path, data, options);
    // #endif
  }
}

function once<T>(method: Method, path: string, data: object | undefined, options: Options): Promise<T> {
  const header: Record<string, string> = { "Content-Type": "application/json" };
  if (options.intent) header["Idempotency-Key"] = keyOf(options.intent);
  // #ifdef H5
  const xsrf = document.cookie.match(/(?:^|;\s*)sz_xsrf=([^;]*)/);
  if (method !== "GET" && xsrf) header["X-Xsrf-Token"] = decodeURIComponent(xsrf[1]);
  // #endif
  // #ifndef H5
  if (currentToken()) header.Authorization = `Bearer ${currentToken()}`;
  // #endif
  return new Promise<T>((resolve, reject) => {
    uni.request({
      url: `${BASE}/api${path}${queryText(options.query)}`,
      method: method as UniApp.RequestOptions["method"],
      data: method === "GET" || method === "DELETE" ? undefined : (data ?? {}),
      header,
      timeout: 15000,
      success: (answer) => {
        noteServerTime(answer.header);
        if (answer.statusCode < 400) return resolve(answer.data as T);
        const body = (typeof answer.data === "object" && answer.data ? answer.data : {}) as { code?: string; message?: string; details?: unknown };
        const said = body.message || (answer.statusCode >= 500 ? t.problem.server : t.problem.unknown);
        reject(new Problem(answer.statusCode, body.code ?? `http_${answer.statusCode}`, said, body.details));
      },
      fail: () => reject(new Problem(0, "no_answer", t.problem.network)),
    });
  });
}

export function currentToken(): string {
  return (token ||= (uni.getStorageSync(TOKEN) as string) || "");
}
export function forgetToken(): void {
  token = "";
  uni.removeStorageSync(TOKEN);
}

let loggingIn: Promise<void> | null = null;
/** wx.login → our session; concurrent callers share one log-in. */
export function logIn(): Promise<void> {
  return (loggingIn ??= openSession().finally(() => (loggingIn = null)));
}
async function openSession(): Promise<void> {
  const code = await new Promise<string>((resolve, reject) =>
    uni.login({ success: (got) => resolve(got.code), fail: () => reject(new Problem(0, "no_login", t.problem.login)) }),
  );
  const got = await once<{ token: string }>("POST", "/session/mini-program", { code }, {});
  token = got.token;
  uni.setStorageSync(TOKEN, token);
}
