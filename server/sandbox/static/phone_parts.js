// Small parts of the phone page: making elements, talking to the sandbox, showing one message.
/** h("button.primary", {onclick}, "text", child…): an element; text never becomes markup. */
export function h(name, given, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(given || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "colour") element.style.setProperty("--own", value);
    else element.setAttribute(key === "testid" ? "data-testid" : key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

export async function call(path, data) {
  const asked = data === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) };
  const answer = await fetch("/sandbox/api/" + path, asked);
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.message || "出错了"), { code: body.code });
  return body;
}

export const yuan = (fen) => "¥" + (fen / 100).toFixed(2);

/** 14:05, 昨天 14:05, 11月3日 14:05: by the day of `now` (both ISO with +08:00). */
export function when(at, now) {
  const day = (iso) => iso.slice(0, 10);
  const time = at.slice(11, 16);
  if (day(at) === day(now)) return time;
  const days = Math.round((Date.parse(day(now)) - Date.parse(day(at))) / 86400000);
  if (days === 1) return "昨天 " + time;
  return Number(at.slice(5, 7)) + "月" + Number(at.slice(8, 10)) + "日 " + time;
}

/** One line that stands for a message in the list of chats. */
export function lineOf(message) {
  if (message.text) return message.text.replace(/<[^>]+>/g, "");
  if (message.articles) return message.articles[0] ? message.articles[0].title : "";
  if (message.kind === "receipt") return message.title + " " + yuan(message.amount_fen);
  if (message.kind === "choices") return message.head;
  if (message.kind === "image") return "[图片]";
  return message.title || "";
}

/** Text with its links; only http(s) and WeChat's own <a href="…">words</a>. */
function words(text, open) {
  const parts = [];
  const pattern = /<a\s+href="(https?:\/\/[^"]+)"[^>]*>([^<]*)<\/a>|(https?:\/\/[^\s<>"，。；）]+)/g;
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    parts.push(text.slice(at, found.index));
    const url = found[1] || found[3];
    parts.push(h("a", { href: url, onclick: (event) => { event.preventDefault(); open({ url }); } }, found[2] || url));
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** A message as it stands in a thread. `open(link)` follows a link, `say(choice)` answers a question. */
export function bubble(message, { open, say, face }) {
  const shape = SHAPES[message.kind] || SHAPES.text;
  const body = shape(message, open, say);
  const wide = ["template", "subscribe", "article", "receipt"].includes(message.kind);
  if (message.kind === "notice") return h("div.notice" + (message.failed ? ".failed" : ""), { testid: "message", "data-kind": "notice" }, message.text);
  const line = h("div.message" + (message.mine ? ".mine" : "") + (wide ? ".wide" : ""), { testid: "message", "data-kind": message.kind }, wide ? null : face, body);
  return line;
}

const SHAPES = {
  text: (m, open) => h("div.bubble", {}, words(m.text || "", open)),
  image: (m) => h("div.picture", {}, m.url ? h("img", { src: m.url, alt: "图片" }) : "图片已失效"),
  choices: (m, open, say) => h("div.bubble.question", {}, h("p", {}, m.head),
    m.choices.map((c) => h("button.link", { type: "button", onclick: () => say(c) }, c.content)), m.tail ? h("p", {}, m.tail) : null),
  mini: (m, open) => h("button.bubble.mini", { type: "button", onclick: () => open(m.link) }, h("small", {}, "小程序"), m.title),
  template: card,
  subscribe: card,
  article: (m, open) => h("div.articles", {}, m.preview ? h("small.preview", {}, "预览，仅你可见") : null, m.articles.map((a, i) =>
    h("button.article" + (i ? "" : ".first"), { type: "button", testid: "article", onclick: () => open({ url: a.url }) },
      a.cover ? h("img", { src: a.cover, alt: "" }) : h("span.cover", { "aria-hidden": "true" }, "随诊"),
      h("span.words", {}, h("b", {}, a.title), !i && a.digest ? h("small", {}, a.digest) : null)))),
  receipt: (m) => h("div.card.receipt", {}, h("h2", {}, m.title), h("p.sum", {}, yuan(m.amount_fen)), rows(m.rows)),
};

function card(m, open) {
  const linked = m.link && (m.link.url || m.link.page !== undefined);
  return h("div.card", {}, h("h2", {}, m.title), rows(m.rows),
    linked ? h("button.more", { type: "button", testid: "message-open", onclick: () => open(m.link) }, "查看详情", icon("go")) : null);
}

const rows = (list) => h("dl", {}, list.map((r) => [h("dt", {}, r.label), h("dd", {}, r.value)]));
