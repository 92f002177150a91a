// The platform page: the clock, what was called and pushed, tokens and quotas, fault switches, and the hospital's buttons.
import { call, h } from "./phone_parts.js";

const $ = (id) => document.getElementById(id);
const view = { tab: "calls", data: null, his: null, clinic: "", patient: "", at: 0, from: 0, rate: 1 };
const TABS = [["calls", "调用"], ["pushes", "推送"], ["notices", "支付通知"], ["tokens", "凭证与额度"], ["faults", "故障开关"], ["hospital", "医院里"]];
const JUMPS = [["+10 minutes", "＋10 分钟"], ["+1 hours", "＋1 小时"], ["tomorrow 08:00", "明天 08:00"], ["+7 days", "＋7 天"]];
const RATES = [[0, "停住"], [1, "正常"], [10, "10 倍"], [60, "60 倍"]];
const PARTS = { wechat: "微信接口", pay: "微信支付", his: "HIS", sms: "短信", push: "消息推送", notify: "支付通知" };
const EFFECTS = { error: "返回错误", outage: "断开，不处理", drop: "处理后断开", delay: "变慢", lose: "丢失", duplicate: "重复", late: "迟到", reorder: "被后面的赶上", tamper: "签名或密文被改" };
const FITS = { wechat: ["error", "outage", "drop", "delay"], pay: ["error", "outage", "drop", "delay", "tamper"], his: ["error", "outage", "drop", "delay"],
  sms: ["error", "outage", "drop", "delay"], push: ["lose", "duplicate", "late", "reorder", "tamper"], notify: ["lose", "duplicate", "late", "reorder", "tamper"] };
const OUTCOMES = { answered: "已应答", replied: "已回复", waiting: "发送中", lost: "丢失（故障）", timeout: "超时", unreachable: "连不上", malformed: "回复格式不对", received: "已接收", "given up": "放弃", unanswered: "无应答" };
const STATES = { SUCCESS: "已支付", REFUND: "有退款", NOTPAY: "未支付", CLOSED: "已关闭", USERPAYING: "支付中" };
const QUEUE = { waiting: "候诊", called: "就诊中", seen: "已看", missed: "过号" };

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  setTimeout(() => { $("toast").hidden = true; }, 3500);
}

const attempt = (work) => work.catch((error) => toast(error.message));

async function load() {
  view.data = await call("platform");
  if (view.tab === "hospital") view.his = await call("his/overview").catch(() => null);
  setClock(view.data.clock);
  draw();
}

function setClock(clock) {
  Object.assign(view, { at: Date.parse(clock.now), from: Date.now(), rate: clock.rate });
  tick();
  drawClock();
}

function tick() {
  const at = new Date(view.at + (Date.now() - view.from) * view.rate + 8 * 3600e3).toISOString();
  $("now").textContent = `${at.slice(0, 4)}年${+at.slice(5, 7)}月${+at.slice(8, 10)}日 ${at.slice(11, 19)}`;
  $("speed").textContent = view.rate === 1 ? "按正常速度走" : view.rate === 0 ? "停住了" : `${view.rate} 倍速`;
}

function drawClock() {
  $("jumps").replaceChildren(...JUMPS.map(([jump, label]) => h("button", { type: "button", testid: "jump", onclick: () => move({ jump }) }, label)),
    h("button", { type: "button", testid: "real", onclick: () => move({ real: true }) }, "回到现在"));
  $("rates").replaceChildren(...RATES.map(([rate, label]) => h("button", { type: "button", testid: "rate-" + rate, "aria-pressed": String(view.rate === rate), onclick: () => move({ rate }) }, label)));
}
const move = (data) => attempt(call("clock", data).then(setClock));

function draw() {
  $("tabs").replaceChildren(...TABS.map(([name, label]) => h("button", { type: "button", role: "tab", testid: "tab-" + name, "aria-selected": String(view.tab === name), onclick: () => { view.tab = name; load(); } }, label)));
  if (document.activeElement && $("main").contains(document.activeElement) && /INPUT|SELECT/.test(document.activeElement.tagName)) return;
  $("main").replaceChildren(...PAGES[view.tab]());
}

const time = (iso) => iso.slice(5, 10).replace("-", "/") + " " + iso.slice(11, 19);
const cell = (text, kind) => h("td" + (kind ? "." + kind : ""), {}, text);
const table = (heads, lines, empty) => lines.length
  ? h("div.scroll", {}, h("table", {}, h("thead", {}, h("tr", {}, heads.map((t) => h("th", {}, t)))), h("tbody", {}, lines)))
  : h("p.empty", {}, empty);
const box = (title, ...content) => h("section.box", {}, h("h2", {}, title), ...content);

const OTHER_MENU = [{ type: "click", name: "联系我们", key: "联系电话" }, { type: "text", name: "上班时间", value: "上午 8 点到下午 5 点半" }];

const PAGES = {
  calls() {
    const { numbers, calls } = view.data;
    const orders = Object.entries(numbers.orders);
    const inWords = orders.map(([state, count]) => `${STATES[state] || state} ${count}`).join("，");
    const facts = [["关注的人", numbers.followers], ["订单" + (inWords && "：" + inWords), orders.reduce((sum, [, count]) => sum + count, 0)], ["退款", numbers.refunds], ["短信", numbers.sms], ["文章", numbers.articles], ["草稿", numbers.drafts]];
    return [h("div.facts", {}, facts.map(([label, value]) => h("div", {}, h("b", {}, String(value)), h("span", {}, label)))),
      box("收到的调用", table(["时间", "谁", "接口", "结果", "毫秒"], calls.map((c) => h("tr", { testid: "call" }, cell(time(c.at)), cell(PARTS[c.part] || c.part),
        cell(c.method + " " + c.path, "path"), cell(String(c.result), isGood(c.result) ? "good" : "bad"), cell(String(c.ms), "number"))), "还没有调用。"))];
  },
  pushes() {
    return [box("推给医院的消息和事件", table(["时间", "人物", "内容", "结果", "每次"], view.data.pushes.map((p) => h("tr", { testid: "push" }, cell(time(p.at)), cell(p.person || "账号"), cell(p.what, "path"),
      cell(OUTCOMES[p.outcome] || p.outcome, ["answered", "replied"].includes(p.outcome) ? "good" : "bad"), cell(p.tries.map((t) => `${OUTCOMES[t.outcome] || t.outcome} ${t.ms} ms`).join("，")))), "还没有推送。"))];
  },
  notices() {
    return [box("微信支付通知", h("p.soft", {}, "没有收到 200 或 204 就按 15 秒、15 秒、30 秒、3 分钟……再通知，共 15 次。"),
      table(["时间", "事件", "结果", "应答", "第几次"], view.data.notifications.map((n) => h("tr", { testid: "notice" }, cell(time(n.create_time)), cell(n.event_type, "path"),
        cell(OUTCOMES[n.outcome] || n.outcome, n.outcome === "received" ? "good" : "bad"), cell(n.tries.join("，")), cell(String(n.step + 1), "number"))), "还没有通知。"))];
  },
  tokens() {
    const { tokens, quotas, modes } = view.data;
    const settings = (data) => attempt(call("settings", data).then(load));
    const choice = (label, now, options, change) => h("div.row", {}, h("span", {}, label), h("div.buttons", {}, options.map(([value, name]) => h("button", { type: "button", "aria-pressed": String(now === value), onclick: () => change(value) }, name))));
    return [box("有效的 access_token", table(["尾号", "appid", "接口", "剩余秒数"], tokens.map((t) => h("tr", {}, cell("…" + t.ends_with, "path"), cell(t.appid, "path"), cell(t.service === "stable" ? "stable_token" : "token"), cell(String(t.seconds_left), "number"))), "没有有效的凭证。"),
      h("button.plain", { type: "button", testid: "withdraw", onclick: () => attempt(call("withdraw-tokens", {}).then(load)) }, "让所有凭证立即失效")),
    box("今天的额度", table(["接口", "已用", "额度"], quotas.map((q) => h("tr", {}, cell(q.path, "path"), cell(String(q.used), "number"), cell(String(q.limit), "number"))), "")),
    box("公众号菜单", h("p.soft", {}, "有人不经过医院的系统，直接在微信公众平台里动了菜单。"), h("div.buttons", {},
      h("button", { type: "button", testid: "menu-other", onclick: () => attempt(call("menu-by-hand", { button: OTHER_MENU }).then(() => toast("微信里的菜单已换成另一份"))) }, "换成另一份菜单"),
      h("button", { type: "button", testid: "menu-off", onclick: () => attempt(call("menu-by-hand", {}).then(() => toast("微信里的菜单已停用"))) }, "停用菜单"))),
    box("模式", choice("消息加密", modes.wechat, [["plain", "明文"], ["compatible", "兼容"], ["safe", "安全"]], (value) => settings({ wechat_mode: value })),
      choice("支付应答签名", modes.pay, [["public_key", "微信支付公钥"], ["certificate", "平台证书"]], (value) => settings({ pay_mode: value })))];
  },
  faults() {
    const part = h("select", { "aria-label": "哪一部分", testid: "fault-part" }, Object.entries(PARTS).map(([value, label]) => h("option", { value }, label)));
    const effect = h("select", { "aria-label": "怎样坏", testid: "fault-effect" });
    const fit = () => effect.replaceChildren(...FITS[part.value].map((value) => h("option", { value }, EFFECTS[value])));
    const path = h("input", { type: "text", placeholder: "接口，如 /cgi-bin/message/*（空：全部）", "aria-label": "接口" });
    const times = h("input", { type: "number", min: "1", placeholder: "次数（空：一直）", "aria-label": "次数", testid: "fault-times" });
    part.addEventListener("change", fit);
    fit();
    const add = (event) => {
      event.preventDefault();
      const fault = { part: part.value, effect: effect.value, path: path.value.trim() || "*", times: times.value ? Number(times.value) : null };
      attempt(call("faults", fault).then(() => { document.activeElement.blur(); return load(); }));
    };
    const lines = view.data.faults.map((f) => h("tr", { testid: "fault" }, cell(PARTS[f.part]), cell(EFFECTS[f.effect]), cell(f.path, "path"), cell(f.times === null ? "一直" : `还有 ${f.times} 次`),
      h("td", {}, h("button.plain", { type: "button", testid: "fault-off", onclick: () => attempt(fetch("/sandbox/api/faults/" + f.id, { method: "DELETE" }).then(load)) }, "关掉"))));
    const { items, running } = view.data.scenarios;
    const play = (one) => h("li.scenario" + (running?.key === one.key ? ".on" : ""), { testid: "scenario" }, h("div", {}, h("b", {}, one.name), h("p.soft", {}, one.about),
        running?.key === one.key ? h("p", { role: "status" }, `正在演：${running.steps} 步已完 ${running.done} 步`) : null),
      running?.key === one.key
        ? h("button.plain", { type: "button", testid: "scenario-stop", onclick: () => attempt(call("stop-scenario", {}).then(load)) }, "停下")
        : h("button.plain", { type: "button", testid: "scenario-start", onclick: () => attempt(call("scenarios", { key: one.key }).then(() => { toast("已开始：" + one.name); return load(); })) }, "开始"));
    return [box("演一个坏日子", h("p.soft", {}, "按事先写好的步骤打开和关掉故障，一次演一个。同样的种子、同样的请求，每次的遭遇都一样。"), h("ul.scenarios", {}, items.map(play))),
      box("打开一个故障", h("form.fault", { onsubmit: add }, part, effect, path, times, h("button.primary", { type: "submit", testid: "fault-on" }, "打开"))),
      box("正在起作用", table(["部分", "怎样", "接口", "次数", "操作"], lines, "没有故障，一切正常。"))];
  },
  hospital() {
    const his = view.his;
    if (!his) return [h("p.empty", {}, "HIS 没有回应。")];
    const press = (action, data, said) => attempt(call("his/" + action, data).then(() => { toast(said); return load(); }));
    const queueLine = (q) => h("tr", { testid: "queue" }, cell(`${q.department_name} ${q.doctor_name}`), cell(q.calling ? `${q.calling.number} 号 ${q.calling.name}` : "—"), cell(`候诊 ${q.waiting}，已看 ${q.seen}`),
      cell(q.booked.map((b) => `${b.number} 号 ${b.name}（${QUEUE[b.status] || b.status}）`).join("，") || "—"),
      h("td", {}, h("div.buttons", {}, h("button", { type: "button", testid: "call-next", onclick: () => press("call-next", { clinic_id: q.clinic_id }, "已叫下一位") }, "叫下一位"),
        h("button", { type: "button", testid: "finish", onclick: () => press("finish", { clinic_id: q.clinic_id }, "已看完") }, "看完"),
        h("button", { type: "button", onclick: () => press("miss", { clinic_id: q.clinic_id }, "已过号") }, "过号"),
        h("button", { type: "button", onclick: () => press("stop-clinic", { clinic_id: q.clinic_id }, "已停诊") }, "停诊"))));
    const patientLine = (p) => h("tr", { testid: "patient" }, cell(p.name), cell(`报告 ${p.reports.length}，未缴 ${p.unpaid_bills.length}`),
      h("td", {}, h("div.buttons", {}, h("button", { type: "button", testid: "issue-report", onclick: () => press("issue-report", { his_id: p.his_id }, "报告已出") }, "出一份报告"),
        h("button", { type: "button", testid: "issue-bill", onclick: () => press("issue-bill", { his_id: p.his_id }, "已开单") }, "开一张缴费单"),
        p.unpaid_bills.length ? h("button", { type: "button", onclick: () => press("pay-at-counter", { bill_id: p.unpaid_bills[0].id }, "已在窗口缴费") }, "窗口缴费") : null,
        p.admissions.some((a) => a.status === "in") ? h("button", { type: "button", testid: "discharge", onclick: () => press("discharge", { admission_id: p.admissions.find((a) => a.status === "in").id }, "已出院") }, "办出院") : null)));
    return [box("今天的候诊队列", table(["诊室", "正在就诊", "人数", "从微信挂号的", "操作"], his.queues.map(queueLine), "今天还没有人签到。")),
      box("病人", table(["姓名", "现有", "操作"], his.patients.map(patientLine), "没有病人。"))];
  },
};

const isGood = (result) => result === 0 || result === "0" || (Number(result) >= 200 && Number(result) < 400);

let pending = 0;
function soon() {
  if (pending) return;
  pending = setTimeout(() => { pending = 0; load().catch(() => {}); }, 700);
}

function listen() {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/sandbox/api/platform/live");
  socket.onmessage = (event) => {
    const told = JSON.parse(event.data);
    if (told.kind === "clock") setClock(told);
    else if (told.kind === "hello" || told.kind === view.tab.slice(0, -1) || told.kind === "notification" || view.tab === "hospital") soon();
  };
  socket.onclose = () => setTimeout(listen, 1500);
}

load().then(listen);
setInterval(tick, 250);
