// The simulated world around a real server: a new person with a phone, SMS, WeChat's sheet and pop-up, a doctor at the console.
import { overHttp, phone } from "../mp";

export const BASE = process.env.SUIZHEN_BASE ?? "";
const SANDBOX = process.env.SUIZHEN_SANDBOX ?? BASE.replace(/:(\d+)$/, (_all, port) => `:${Number(port) + 1}`);

async function sandbox<T>(method: "GET" | "POST", path: string, data?: object): Promise<T> {
  const said = await overHttp(SANDBOX, { method, path: "/sandbox/api" + path, data, header: {} });
  if (said.status >= 400) throw new Error(`the sandbox refused ${path}: ${said.status} ${JSON.stringify(said.data)}`);
  return said.data as T;
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/** An ID number of nobody (county 0199) that passes the checksum. */
function idNumber(birth: string, order: number): string {
  const body = `110199${birth}${String(order).padStart(3, "0")}`;
  return body + "10X98765432"[WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(body[i]), 0) % 11];
}
const digits = (n: number) => Array.from({ length: n }, () => Math.floor(Math.random() * 10)).join("");

export interface Person { key: string; name: string; phone: string; document: string }

/** A person who has never been here, holding the phone that runs the mini-program. */
export async function newPerson(): Promise<Person> {
  const person = { key: `mini_${Date.now().toString(36)}`, name: "样例病人", phone: `139${digits(8)}`, document: idNumber(`19${60 + Math.floor(Math.random() * 30)}0${1 + Math.floor(Math.random() * 9)}15`, Math.floor(Math.random() * 1000)) };
  await sandbox("POST", "/people", { key: person.key, name: person.name, phone: person.phone });
  hold(person);
  return person;
}

/** What WeChat does for this person: log in, pop-up, payment sheet. */
function hold(person: Person): void {
  const act = <T>(action: string, data: object = {}) => sandbox<T>("POST", `/people/${person.key}/${action}`, data);
  phone.login = async () => (await act<{ code: string }>("js-code")).code;
  phone.subscribe = async (ids) => (await act("popup", { template_ids: ids, choices: "accept" }).catch(() => null)) ? "accept" : "reject";
  phone.pay = async (sheet) => {
    const { timeStamp, nonceStr, package: packaged, signType, paySign } = sheet;
    const paid = await act<{ err_msg?: string; message?: string }>("pay", { params: { appId: phone.appId, timeStamp, nonceStr, package: packaged, signType, paySign } });
    return paid.err_msg?.endsWith(":ok") ? "ok" : "fail";
  };
}

/** The newest code that came by SMS. */
export async function smsCode(person: Person, after = 0): Promise<string> {
  for (let tries = 0; tries < 60; tries++) {
    const { items } = await sandbox<{ items: { text: string }[] }>("GET", `/people/${person.key}/sms`);
    const codes = items.map((one) => /(?<!\d)\d{6}(?!\d)/.exec(one.text)?.[0]).filter(Boolean) as string[];
    if (codes.length > after) return codes[codes.length - 1];
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error("no code came by SMS");
}

/** A member of staff at the console, by the cookie session. */
export async function staff(username: string, password: string) {
  const said = await overHttp(BASE, { method: "POST", path: "/api/staff/session", data: { username, password }, header: {} });
  if (said.status >= 400) throw new Error(`staff log-in: ${said.status} ${JSON.stringify(said.data)}`);
  const cookies = ([] as string[]).concat((said.header as Record<string, any>)["set-cookie"] ?? []).map((one) => one.split(";")[0]);
  const xsrf = cookies.find((one) => one.startsWith("sz_staff_xsrf="))?.split("=")[1] ?? "";
  return async <T>(method: string, path: string, data?: object): Promise<T> => {
    const answer = await overHttp(BASE, { method, path, data, header: { Cookie: cookies.join("; "), "X-Xsrf-Token": decodeURIComponent(xsrf) } });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.data)}`);
    return answer.data as T;
  };
}
