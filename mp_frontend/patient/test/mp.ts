// Runs the BUILT WeChat package (dist/build/mp-weixin): its WXML compiled by WeChat's own wcc, its components on WeChat's exparser, in jsdom.
// wx.request and wx.connectSocket reach a stub, or with SUIZHEN_BASE a real server over HTTP.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { nowText, type Asked, type Said } from "./stub";

const require = createRequire(__filename);
const simulate = require("miniprogram-simulate");
const exparser = require("miniprogram-exparser");
const ROOT = path.resolve(__dirname, "../dist/build/mp-weixin");
const globals = globalThis as any;

export interface Phone {
  nav: string[]; toasts: string[]; asked: Asked[]; subscribed: string[][]; paid: any[]; sockets: FakeSocket[]; titles: string[];
  /** What the person does when WeChat asks. */
  login: () => Promise<string> | string;
  pay: (params: any) => Promise<"ok" | "cancel" | "fail"> | "ok" | "cancel" | "fail";
  subscribe: (ids: string[]) => Promise<string> | string;
  confirm: boolean;
  scan: string;
  /** The appId of the last prepay: WeChat knows its own, the simulator asks for it. */
  appId: string;
  answer: (asked: Asked) => Said | Promise<Said>;
}

export class FakeSocket {
  on: Record<string, (event: any) => void> = {};
  closed = false;
  constructor(readonly url: string, readonly header: Record<string, string>) {}
  onOpen(f: any) { this.on.open = f; }
  onMessage(f: any) { this.on.message = f; }
  onClose(f: any) { this.on.close = f; }
  onError(f: any) { this.on.error = f; }
  close() { this.closed = true; this.on.close?.({}); }
  send() {}
  tell(data: unknown) { this.on.message?.({ data: JSON.stringify(data) }); }
}

const storage = new Map<string, unknown>();
export const phone: Phone = {
  nav: [], toasts: [], asked: [], subscribed: [], paid: [], sockets: [], titles: [], login: () => "code", pay: () => "ok", subscribe: () => "accept", confirm: true, scan: "", appId: "", answer: () => ({ status: 404, data: {} }),
};
export function forget(): void {
  storage.clear();
  for (const list of [phone.nav, phone.toasts, phone.asked, phone.subscribed, phone.paid, phone.sockets, phone.titles]) list.length = 0;
}

/** One real HTTP question, outside jsdom's fetch and its origin rules. */
export function overHttp(base: string, asked: Pick<Asked, "method" | "path" | "data" | "header">): Promise<Said & { header: Record<string, string> }> {
  return new Promise((resolve, reject) => {
    const url = new URL(base + asked.path);
    const body = asked.data === undefined || asked.data === null ? undefined : JSON.stringify(asked.data);
    const request = http.request(url, { method: asked.method, headers: { ...asked.header, ...(body ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } : {}) } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        let data: unknown = text;
        try { data = JSON.parse(text); } catch { /* not JSON: given as text */ }
        resolve({ status: answer.statusCode ?? 0, data, header: answer.headers as Record<string, string> });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

let booted = false;
/** @param base a real server; without it `phone.answer` answers */
export function boot(base = ""): void {
  if (booted) return;
  booted = true;
  globals.Page ??= (options: any) => globals.Component({ data: options.data, methods: options });
  globals.getCurrentPages = () => [];
  globals.getApp ??= () => ({ $vm: null });
  globals.App ??= (options: any) => { globals.getApp = () => options; options.onLaunch?.({}); };
  const win = { windowWidth: 375, windowHeight: 812, pixelRatio: 2, statusBarHeight: 20, safeArea: {}, SDKVersion: "3.8.0", platform: "devtools", system: "iOS 18", brand: "devtools", model: "iPhone", language: "zh_CN", theme: "light" };
  const windowInfo = () => win;
  const go = (options: any) => { phone.nav.push(options.url); options.success?.({}); };
  Object.assign(globals.wx, {
    getLaunchOptionsSync: () => ({ path: "", query: {} }), getAppBaseInfo: windowInfo, getDeviceInfo: windowInfo, getWindowInfo: windowInfo, getSystemInfoSync: windowInfo, canIUse: () => true,
    getStorageSync: (key: string) => storage.get(key) ?? "", setStorageSync: (key: string, value: unknown) => storage.set(key, value), removeStorageSync: (key: string) => storage.delete(key),
    pageScrollTo() {}, vibrateLong() {}, makePhoneCall() {},
    setNavigationBarTitle: (options: any) => phone.titles.push(options.title),
    showToast: (options: any) => phone.toasts.push(options.title),
    showModal: (options: any) => options.success({ confirm: phone.confirm, cancel: !phone.confirm }),
    navigateTo: go, redirectTo: go, reLaunch: go, navigateBack: () => phone.nav.push("back"),
    login: (options: any) => Promise.resolve(phone.login()).then((code) => options.success({ code, errMsg: "login:ok" })),
    scanCode: (options: any) => options.success({ result: phone.scan }),
    requestSubscribeMessage: (options: any) => {
      phone.subscribed.push(options.tmplIds);
      void Promise.resolve(phone.subscribe(options.tmplIds)).then((choice) => options.success(Object.fromEntries(options.tmplIds.map((id: string) => [id, choice]))));
    },
    requestPayment: (options: any) => {
      phone.paid.push(options);
      void Promise.resolve(phone.pay(options)).then((how) => (how === "ok" ? options.success({ errMsg: "requestPayment:ok" }) : options.fail({ errMsg: `requestPayment:fail ${how}` })));
    },
    chooseImage: (options: any) => options.success({ tempFilePaths: ["wxfile://a.jpg"], tempFiles: [{ path: "wxfile://a.jpg", size: 9 }] }),
    compressImage: (options: any) => options.success({ tempFilePath: options.src }),
    downloadFile: (options: any) => options.success({ statusCode: 200, tempFilePath: "wxfile://again.jpg" }),
    uploadFile: (options: any) => {
      const asked: Asked = { method: "POST", path: new URL(options.url).pathname.replace(/^\/api/, ""), query: {}, data: { file: options.filePath, name: options.name }, header: options.header };
      phone.asked.push(asked);
      void Promise.resolve(phone.answer(asked)).then((said) => options.success({ statusCode: said.status, data: JSON.stringify(said.data) }));
    },
    request: (options: any) => {
      const url = new URL(options.url);
      const asked: Asked = { method: options.method, path: url.pathname.replace(/^\/api/, ""), query: Object.fromEntries(url.searchParams), data: options.data, header: options.header };
      phone.asked.push(asked);
      const said = base
        ? overHttp(base, { method: options.method, path: url.pathname + url.search, data: options.method === "GET" || options.method === "DELETE" ? undefined : options.data, header: options.header })
        : Promise.resolve(phone.answer(asked)).then((one) => ({ ...one, header: { "Suizhen-Now": nowText(), Date: new Date().toUTCString() } }));
      waiting += 1;
      void said.finally(() => (waiting -= 1)).then((one) => {
        phone.appId = (one.data as any)?.params?.appId ?? phone.appId;
        return one;
      }).then((one) => options.success({ statusCode: one.status, data: one.data, header: one.header }), () => options.fail({ errMsg: "request:fail" }));
    },
    connectSocket: (options: any) => (base ? realSocket(base, options) : (phone.sockets.push(new FakeSocket(options.url, options.header)), phone.sockets[phone.sockets.length - 1])),
  });
  if (!fs.existsSync(ROOT + "/app.js")) throw new Error("build the package first: npm run build:patient:mp");
  require(ROOT + "/app.js");
}

/** wx.connectSocket on a real server; the ws library can send the Authorization header, as WeChat does. */
function realSocket(base: string, options: any) {
  const WebSocket = require("ws");
  const socket = new WebSocket(base.replace(/^http/, "ws") + new URL(options.url).pathname, { headers: options.header });
  const task = new FakeSocket(options.url, options.header);
  socket.on("open", () => task.on.open?.({}));
  socket.on("message", (data: unknown) => task.on.message?.({ data: String(data) }));
  socket.on("close", () => task.on.close?.({}));
  socket.on("error", () => task.on.error?.({}));
  task.close = () => { task.closed = true; socket.close(); };
  phone.sockets.push(task);
  return task;
}

export const sleep = (ms: number): Promise<void> => simulate.sleep(ms);
let waiting = 0;
/** Until every question is answered and shown, however slow the machine is; at most 5 s. */
async function settled(): Promise<void> {
  for (const until = Date.now() + 5000; Date.now() < until; ) {
    await sleep(30);
    if (waiting) continue;
    await sleep(40); // an answer may have asked the next question
    if (!waiting) return;
  }
}

let opened = 0;
/** Opens a page as WeChat does: onLoad, then onShow. */
export async function open(page: string, query: Record<string, string> = {}) {
  const rendered = simulate.render(simulate.load(`${ROOT}/pages/${page}`, `p${opened++}-${page.replace(/\W/g, "-")}`, { compiler: "official", rootPath: ROOT }), {});
  rendered.attach(document.body);
  rendered.instance.onLoad?.(query);
  rendered.instance.onShow?.();
  await settled();
  const all = (selector: string) => [...rendered.dom.querySelectorAll(selector)] as any[];
  /** Elements of one of these classes; the simulator writes each class with its component before it ("sz-choice--chip"). */
  const of = (...names: string[]) => all("*").filter((one) => one.tagName === "WX-BUTTON" ? names.includes("button") : [...one.classList].some((each: string) => names.some((name) => each.endsWith("--" + name))));
  const tell = async (element: any, name: string, detail: object = {}) => {
    const event = exparser.Event.create(name, detail, { originalEvent: {}, bubbles: name === "tap", capturePhase: name === "tap", composed: name === "tap", extraFields: { touches: {}, changedTouches: {} } });
    exparser.Event.dispatchEvent(element.__wxElement, event);
    await settled();
  };
  const text = () => rendered.dom.textContent as string;
  /** The innermost tappable element that says `said`. */
  const button = (said: string) => {
    const found = of("button", "chip", "tab", "row", "card", "slot", "step", "link", "day", "service", "line").filter((one) => one.textContent.includes(said));
    if (!found.length) throw new Error(`nothing to tap says 「${said}」 on ${page}: ${text().slice(0, 400)}`);
    return found.reduce((best, one) => (one.textContent.length < best.textContent.length || best.contains(one) ? one : best));
  };
  return {
    text, all, of, button,
    html: () => rendered.dom.outerHTML as string,
    /** What the page has set, as text: attributes of built-in elements do not show in the simulator's HTML. */
    data: () => JSON.stringify(rendered.instance.data),
    tap: (said: string) => tell(button(said), "tap"),
    fire: tell,
    /** Types into the n-th input of the page. */
    type: (n: number, value: string) => tell(all("wx-input, wx-textarea")[n], "input", { value }),
    /** Waits until the page says something; fails with what it says instead. */
    says: async (said: string, ms = 5000) => {
      for (const until = Date.now() + ms; Date.now() < until; await sleep(50)) if (text().includes(said)) return;
      throw new Error(`「${said}」 did not appear on ${page}: ${text().slice(0, 600)}`);
    },
    show: async () => { rendered.instance.onShow?.(); await settled(); },
    leave: () => { rendered.instance.onHide?.(); rendered.instance.onUnload?.(); rendered.detach(); },
  };
}
/** The page and query of the last navigation. */
export function lastNav(): { page: string; query: Record<string, string> } {
  const url = new URL("https://x" + (phone.nav[phone.nav.length - 1] ?? ""));
  return { page: url.pathname.replace("/pages/", ""), query: Object.fromEntries(url.searchParams) };
}
