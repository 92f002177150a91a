// The phone page: whose phone it is, its screens, the web view and what our pages ask of WeChat.
import { bubble, call, h, icon, lineOf, when } from "./phone_parts.js";
import { closeSheet, paySheet, scanSheet, subscribeSheet } from "./phone_sheets.js";

const state = {
  people: [], person: null, account: null, messages: [], sms: [], screen: "chats", how: "normal",
  typing: false, menu: null, socket: null, shown: "", clockAt: 0, clockFrom: 0, rate: 1, read: {},
};
const $ = (id) => document.getElementById(id);
const nameOf = "随诊示范医院";
const THREADS = {
  account: { title: nameOf, icon: null },
  service: { title: "服务通知", icon: "bell" },
  pay: { title: "支付通知", icon: "wallet" },
  sms: { title: "短信", icon: "mail" },
  articles: { title: "公众号文章", icon: "book" },
};
const HOW = [["normal", "正常付款"], ["slow", "银行处理慢"], ["fail", "付款失败"]];
const JUMPS = [["+10 minutes", "＋10 分钟"], ["+1 hours", "＋1 小时"], ["tomorrow 08:00", "明天 08:00"], ["+7 days", "＋7 天"]];

// ---- time, as the simulated hospital has it -------------------------------------------------
function now() {
  const ms = state.clockAt + (Date.now() - state.clockFrom) * state.rate;
  return new Date(ms + 8 * 3600e3).toISOString().slice(0, 19) + "+08:00";
}

function setClock(iso, rate) {
  state.clockAt = Date.parse(iso);
  state.clockFrom = Date.now();
  state.rate = rate === undefined ? state.rate : rate;
  tick();
}

function tick() {
  if (!state.clockAt) return;
  const at = now();
  $("clock").textContent = at.slice(11, 16);
  const days = "日一二三四五六";
  const speed = state.rate === 1 ? "" : state.rate === 0 ? "（已停）" : `（${state.rate} 倍速）`;
  $("now").textContent = `${+at.slice(5, 7)}月${+at.slice(8, 10)}日 周${days[new Date(at.slice(0, 10)).getUTCDay()]} ${at.slice(11, 16)}${speed}`;
}

// ---- whose phone ------------------------------------------------------------------------------
async function choosePerson(key) {
  closeWeb();
  closeSheet();
  state.person = state.people.find((p) => p.key === key) || state.people[0];
  state.screen = "chats";
  state.shown = "";
  Object.assign(state, { messages: [], sms: [] });
  state.read = JSON.parse(localStorage.getItem("read-" + state.person.key) || "{}");
  history.replaceState(null, "", "?person=" + state.person.key);
  drawer(false);
  drawPeople();
  await reload();
  listen();
}

/** Ask for everything again. What the socket brings while the answers are under way is kept; the same again is not drawn again. */
async function reload() {
  const key = state.person.key;
  const before = new Set([...state.messages, ...state.sms]);
  const withLate = (list, had) => [...list, ...had.filter((m) => !before.has(m) && !list.some((one) => one.id === m.id))];
  const [person, account, messages, sms] = await Promise.all([
    call("people/" + key), call("account?person=" + key), call(`people/${key}/messages`), call(`people/${key}/sms`)]);
  if (key !== state.person.key) return;
  Object.assign(state, { person, account, messages: withLate(messages.items, state.messages), sms: withLate(sms.items, state.sms) });
  setClock(account.now, account.rate);
  const shown = JSON.stringify([person, { ...account, now: "" }, state.messages, state.sms]);
  if (shown !== state.shown) draw();
  state.shown = shown;
}

function listen() {
  const key = state.person.key;
  if (state.socket) { state.socket.onclose = null; state.socket.close(); }
  const socket = new WebSocket(location.origin.replace("http", "ws") + `/sandbox/api/people/${key}/live`);
  state.socket = socket;
  socket.onmessage = (event) => {
    if (key !== state.person.key) return;
    const told = JSON.parse(event.data);
    if (told.kind === "hello") reload(); // what came before the socket was open
    if (told.kind === "message" && !state.messages.some((m) => m.id === told.message.id)) { state.messages.push(told.message); arrive(told.message); }
    if (told.kind === "sms" && !state.sms.some((m) => m.id === told.message.id)) { state.sms.push(told.message); arrive({ ...told.message, thread: "sms" }); }
    if (told.kind === "clock") setClock(told.now, told.rate);
    if (told.kind === "typing") { state.typing = told.on; draw(); }
    if (["person", "menu", "articles"].includes(told.kind)) reload();
  };
  socket.onclose = () => setTimeout(() => state.socket === socket && listen(), 1500);
}

function arrive(message) {
  state.typing = false;
  const shownThread = state.screen === message.thread && $("web").hidden;
  if (!shownThread && !message.mine) toast((THREADS[message.thread] || THREADS.account).title + "：" + lineOf(message), () => toThread(message.thread));
  draw();
}

/** From a notice to its chat; a web page that is open is closed, a sheet is answered first. */
function toThread(name) {
  if (!$("sheet").hidden) return;
  closeWeb();
  go(name);
}

let toastTimer = 0;
function toast(text, press) {
  const place = $("toast");
  place.replaceChildren(h("button", { type: "button", testid: "toast", onclick: () => { hush(); if (press) press(); } }, text));
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hush, 4000);
}
function hush() {
  $("toast").hidden = true;
  $("toast").replaceChildren();
}

const face = () => h("span.seal", { "aria-hidden": "true" }, "随");
const ownFace = () => h("span.face", { colour: state.person.colour, "aria-hidden": "true" }, state.person.avatar);

// ---- screens ------------------------------------------------------------------------------------
function go(screen) {
  state.screen = screen;
  state.menu = null;
  hush();
  draw();
}

function draw() {
  const old = document.activeElement && document.activeElement.id;
  const kept = $("say") ? $("say").value : "";
  if (THREADS[state.screen]) markRead(state.screen);
  const make = { chats, account: accountChat, profile, articles }[state.screen] || thread;
  $("view").replaceChildren(...make());
  const list = $("view").querySelector(".thread");
  if (list) list.scrollTop = list.scrollHeight;
  if (old === "say" && $("say")) { $("say").value = kept; $("say").focus(); }
}

const head = (title, { back, right } = {}) => h("header.top", {},
  back ? h("button.plain-icon", { type: "button", "aria-label": "返回", testid: "back", onclick: () => go(back) }, icon("back")) : h("span.plain-icon"),
  h("h1", {}, title), right || h("span.plain-icon"));

const inThread = (name) => name === "sms" ? state.sms : state.messages.filter((m) => m.thread === name);

function markRead(name) {
  const list = inThread(name);
  state.read[name] = list.length;
  localStorage.setItem("read-" + state.person.key, JSON.stringify(state.read));
}

function chats() {
  const listed = Object.keys(THREADS).map((name) => {
    const list = name === "articles" ? [] : inThread(name);
    const last = list[list.length - 1];
    const fresh = Math.max(0, list.length - (state.read[name] || 0));
    const preview = name === "articles" ? (state.account.articles[0] || { title: "还没有文章" }).title
      : last ? lineOf(last) : name === "account" ? (state.person.follows ? "打开看看菜单" : "还没有关注，点开看看") : "没有消息";
    const mark = THREADS[name].icon ? h("span.seal.of-" + name, { "aria-hidden": "true" }, icon(THREADS[name].icon)) : face();
    return h("button.chat", { type: "button", testid: "chat-" + name, onclick: () => go(name === "account" && !state.person.follows ? "profile" : name) },
      mark, h("span.words", {}, h("b", {}, THREADS[name].title), h("small", {}, preview)),
      h("span.side-of-chat", {}, last ? h("time", {}, when(last.at, now())) : null, fresh ? h("i.count", { "aria-label": fresh + " 条未读" }, String(fresh)) : null));
  });
  const right = h("button.plain-icon", { type: "button", "aria-label": "扫一扫", testid: "scan-open", onclick: scan }, icon("scan"));
  return [head("消息", { right }), h("div.list", { testid: "chats" }, listed), h("p.foot", {}, ownFace(), h("span", {}, state.person.name + " 的手机"))];
}

function lines(list) {
  let before = "";
  return list.flatMap((m) => {
    const gap = !before || Date.parse(m.at) - Date.parse(before) > 300e3;
    before = m.at;
    const shown = bubble(m, { open, say: answerChoice, face: m.mine ? ownFace() : face() });
    return gap ? [h("time.between", {}, when(m.at, now())), shown] : [shown];
  });
}

function thread() {
  const name = state.screen;
  const list = name === "sms" ? state.sms.map((m) => ({ ...m, kind: "text" })) : inThread(name);
  const empty = { sms: "还没有短信。验证码会出现在这里。", service: "还没有服务通知。", pay: "还没有支付记录。" }[name];
  return [head(THREADS[name].title, { back: "chats" }), h("div.thread." + name, { testid: "thread", role: "log", tabindex: "0", "aria-label": "消息" }, list.length ? lines(list) : h("p.empty", {}, empty))];
}

function accountChat() {
  const right = h("button.plain-icon", { type: "button", "aria-label": "公众号资料", testid: "profile-open", onclick: () => go("profile") }, icon("person"));
  const list = inThread("account");
  const typing = state.typing ? h("div.notice", {}, "对方正在输入…") : null;
  return [head(nameOf, { back: "chats", right }),
    h("div.thread", { testid: "thread", role: "log", tabindex: "0", "aria-label": "消息" }, list.length ? lines(list) : h("p.empty", {}, "从下面的菜单开始，或者说一句话。"), typing),
    state.person.follows ? bar() : h("div.bar", {}, h("button.primary", { type: "button", testid: "follow", onclick: follow }, "关注公众号"))];
}

function bar() {
  const buttons = state.account.menu;
  if (!buttons.length || state.menu === "keys") {
    const input = h("input", { id: "say", type: "text", maxlength: "600", "aria-label": "发消息", placeholder: "发消息", testid: "text-input", autocomplete: "off" });
    return h("form.bar.say", { onsubmit: (event) => { event.preventDefault(); say(input); } },
      buttons.length ? h("button.plain-icon", { type: "button", "aria-label": "显示菜单", testid: "show-menu", onclick: () => { state.menu = null; draw(); } }, icon("menu")) : null,
      input, h("button.primary", { type: "submit", testid: "send" }, "发送"));
  }
  const open = buttons[state.menu];
  return h("nav.bar", { "aria-label": "公众号菜单" },
    h("button.plain-icon", { type: "button", "aria-label": "输入文字", testid: "show-keys", onclick: () => { state.menu = "keys"; draw(); $("say").focus(); } }, icon("keys")),
    buttons.map((button, i) => h("button.entry", { type: "button", testid: "menu-button", "aria-expanded": button.sub_button && button.sub_button.length ? String(state.menu === i) : null,
      onclick: () => button.sub_button && button.sub_button.length ? (state.menu = state.menu === i ? null : i, draw()) : press(button) },
      button.sub_button && button.sub_button.length ? icon("menu") : null, button.name)),
    open ? h("div.sub", { role: "menu", "data-column": String(state.menu) }, open.sub_button.map((sub) =>
      h("button", { type: "button", role: "menuitem", testid: "menu-item", onclick: () => press(sub) }, sub.name))) : null);
}

function profile() {
  const { person, account } = state;
  return [head("公众号资料", { back: "chats" }), h("div.profile", {},
    h("div.who", {}, h("span.seal.big", { "aria-hidden": "true" }, "随"), h("div", {}, h("h2", {}, nameOf), h("p", {}, account.intro))),
    person.follows
      ? h("div.pair", {}, h("button.primary", { type: "button", testid: "to-chat", onclick: () => go("account") }, "进入公众号"),
        h("button.plain", { type: "button", testid: "unfollow", onclick: unfollow }, "取消关注"))
      : h("button.primary", { type: "button", testid: "follow", onclick: follow }, "关注公众号"),
    h("h3", {}, "文章"), articleList(), h("h3", {}, "模拟设置"),
    toggle("拒收公众号消息", "blocked"), toggle("以快照模式打开网页（虚拟身份）", "snapshot"),
    toggle("苹果手机（个性化菜单按手机系统显示）", "platform", ["2", "1"]),
    h("div.pair", {},
      h("button.plain", { type: "button", testid: "revoke", onclick: () => act("revoke", { info: "201" }).then(() => toast("已撤回授权：医院会删除您的信息")) }, "撤回授权"),
      h("button.plain", { type: "button", testid: "mini-chat", onclick: () => act("mini-chat").then(() => toast("已打开小程序客服")) }, "打开小程序客服")))];
}

const toggle = (label, flag, values = [false, true]) => h("label.toggle", {}, h("span", {}, label),
  h("input", { type: "checkbox", role: "switch", checked: state.person[flag] === values[1], testid: "flag-" + flag, onchange: (event) => call(`people/${state.person.key}/flags`, { [flag]: values[+event.target.checked] }) }));

const articles = () => [head(THREADS.articles.title, { back: "chats" }), h("div.profile", {}, articleList())];

function articleList() {
  const list = state.account.articles;
  if (!list.length) return h("p.empty", {}, "还没有文章。");
  return h("div.papers", {}, list.map((a) => h("button", { type: "button", testid: "article", onclick: () => open({ url: a.url }) },
    h("span.words", {}, h("b", {}, a.title), h("small", {}, (a.how === "published" ? "已发布" : "群发") + " · " + when(a.at, now()))),
    a.cover ? h("img", { src: a.cover, alt: "" }) : null)));
}

// ---- what the person does -------------------------------------------------------------------------
const act = (action, data) => call(`people/${state.person.key}/${action}`, data || {}).catch((error) => { toast(error.message); throw error; });

async function follow() { await act("follow"); await reload(); go("account"); }
async function unfollow() { await act("unfollow"); await reload(); go("chats"); }
async function say(input) {
  const content = input.value.trim();
  if (!content) return;
  input.value = "";
  await act("text", { content });
}
const answerChoice = (choice) => act("text", { content: choice.content, bizmsgmenuid: choice.id });

async function press(button) {
  state.menu = null;
  draw();
  const done = await act("click", { key: button.key, url: button.url, name: button.name });
  if (done.mini) open(done.mini);
  else if (done.open) open({ url: done.open });
}

async function scan() {
  const code = await scanSheet(state.account.qrcodes);
  if (!code) return;
  const done = await act("scan", code.scene ? { scene: code.scene } : { text: code.text });
  if (done.open) open({ url: done.open });
  else if (done.followed || done.scanned) { await reload(); go("account"); }
  else toast(done.expired ? "这个二维码已过期" : "扫描结果：" + done.text);
}

// ---- the web view -----------------------------------------------------------------------------------
const publicOrigin = () => new URL(state.account.public_url).origin;

/** Follow a link {url} or {page} (of the mini-program: its page as H5). */
function open(link) {
  let url = link.url;
  if (!url && link.page !== undefined) url = state.account.public_url + "/wechat/enter?to=" + encodeURIComponent("/h5/" + link.page.replace(/^\//, ""));
  let origin = "";
  try { origin = new URL(url).origin; } catch { return toast("打不开这个链接"); }
  if (origin !== publicOrigin() && origin !== location.origin) return toast("这是外部网页，模拟手机里不打开：" + url);
  const source = `/sandbox/open?person=${state.person.key}&url=${encodeURIComponent(url)}`;
  const title = h("h1", { testid: "webview-title" }, "正在打开…");
  const frame = h("iframe", { title: "网页", testid: "webview-frame", name: "h5", allow: "clipboard-write" });
  const bar = h("header.top", {},
    h("button.plain-icon", { type: "button", "aria-label": "返回", testid: "webview-back", onclick: back }, icon("back")),
    h("button.plain-icon", { type: "button", "aria-label": "关闭网页", testid: "webview-close", onclick: closeWeb }, icon("close")),
    title, h("button.plain-icon", { type: "button", "aria-label": "刷新", testid: "webview-reload", onclick: () => { frame.src = web.url || source; } }, icon("reload")));
  web = { frame, title, url: "", bridged: false };
  frame.addEventListener("load", () => { if (!web.bridged) title.textContent = origin === location.origin ? nameOf : "网页"; });
  frame.src = source;
  $("web").replaceChildren(bar, frame);
  $("web").hidden = false;
}

let web = { frame: null };
function closeWeb() {
  $("web").hidden = true;
  $("web").replaceChildren();
  web = { frame: null };
  if (state.person && state.account) draw();
}
function back() {
  if (web.bridged) web.frame.contentWindow.postMessage({ sandbox: 1, kind: "back" }, publicOrigin());
  else closeWeb();
}

const ASKED = {
  pay: (data) => paySheet(state.person.key, data.params, () => state.how),
  subscribe: (data) => subscribeSheet(state.person.key, data.template_ids),
  scan: async () => {
    const code = await scanSheet(state.account.qrcodes.filter((c) => c.text));
    return { resultStr: code ? code.text : "" };
  },
  "js-config": (data) => call("js-config", { ...data.signed, url: data.url }).catch(() => ({ right: false })),
};

window.addEventListener("message", async (event) => {
  if (!web.frame || !state.account || event.origin !== publicOrigin() || event.source !== web.frame.contentWindow) return;
  const data = event.data;
  if (!data || data.sandbox !== 1) return;
  if (data.kind === "hello" || data.kind === "page") {
    web.bridged = true;
    web.url = data.url;
    if (data.title) web.title.textContent = data.title;
    if (data.kind === "hello") event.source.postMessage({ sandbox: 1, kind: "welcome" }, event.origin);
  } else if (data.kind === "close") closeWeb();
  else if (ASKED[data.kind]) {
    const result = await ASKED[data.kind](data);
    event.source.postMessage({ sandbox: 1, kind: "answer", id: data.id, result }, event.origin);
  }
});

// ---- beside the phone -------------------------------------------------------------------------------
function drawPeople() {
  $("people").replaceChildren(...state.people.map((p) => h("button.card-of", { type: "button", role: "radio", testid: "person-" + p.key, "aria-checked": String(p.key === state.person.key), onclick: () => choosePerson(p.key) },
    h("span.face", { colour: p.colour, "aria-hidden": "true" }, p.avatar), h("span.words", {}, h("b", {}, p.name), h("small", {}, p.about)))));
  $("hints").replaceChildren(...(state.person.hints || []).map((hint) => h("li", {}, hint)));
}

function drawTests() {
  $("pay-how").replaceChildren(...HOW.map(([how, label]) => h("button", { type: "button", role: "radio", testid: "pay-how-" + how, "aria-checked": String(state.how === how), onclick: () => { state.how = how; drawTests(); } }, label)));
  $("jumps").replaceChildren(...JUMPS.map(([jump, label]) => h("button", { type: "button", testid: "jump", onclick: () => call("clock", { jump }) }, label)));
  $("links").replaceChildren(h("a", { href: "/sandbox/platform", target: "_blank" }, "平台视图"), h("a", { href: state.account.public_url + "/console/", target: "_blank" }, "医院控制台"),
    h("a", { href: state.account.public_url + "/api/docs", target: "_blank" }, "接口文档"));
}

$("drawer-open").addEventListener("click", () => drawer(!document.body.classList.contains("drawer")));
function drawer(open) {
  document.body.classList.toggle("drawer", open);
  $("drawer-open").textContent = open ? "回到手机" : "模拟环境";
  window.scrollTo(0, 0);
}
setInterval(tick, 1000);

(async function begin() {
  state.people = (await call("people")).items;
  const wanted = new URLSearchParams(location.search).get("person");
  await choosePerson(wanted || state.people[0].key);
  drawTests();
})();
