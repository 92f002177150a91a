// What would change for the patients if this menu were published, in sentences.
import type { Menu, MenuButton } from "../types";
import { KIND_TEXT } from "./menu";
import { whom, type TagNames } from "./menu-audience";

export interface Difference {
  kind: "added" | "removed" | "changed";
  text: string;
}

interface Entry {
  button: MenuButton;
  parent: string;
  place: number;
}

const where = (entry: Entry) =>
  entry.parent ? `「${entry.parent}」下的「${entry.button.name}」` : `一级菜单「${entry.button.name}」`;

function entriesOf(menu: Buttons): Entry[] {
  return menu.button.flatMap((button, place) => [
    { button, parent: "", place },
    ...(button.sub_button ?? []).map((child, i) => ({ button: child, parent: button.name, place: i })),
  ]);
}

/** What a tap does, in words: 打开 https://… */
export function actionText(button: MenuButton): string {
  if (button.sub_button?.length) return "展开二级菜单";
  if (button.type === "click") return `回复消息（${button.key ?? ""}）`;
  if (button.type === "miniprogram") return `打开小程序 ${button.appid ?? ""} 的 ${button.pagepath ?? ""}`;
  if (button.type === "view") return `打开 ${button.url ?? ""}`;
  const target = button.key ?? button.media_id ?? button.article_id ?? button.value ?? "";
  return `${button.type ? KIND_TEXT[button.type] : "不认识的按钮"} ${target}`.trim();
}

/** Pairs old entries with new ones: same place and name, then same name, then same action under another name. */
function pair(before: Entry[], after: Entry[]): [Entry, Entry][] {
  const pairs: [Entry, Entry][] = [];
  const left = new Set(before);
  const right = new Set(after);
  const rules: ((a: Entry, b: Entry) => boolean)[] = [
    (a, b) => a.button.name === b.button.name && a.parent === b.parent,
    (a, b) => a.button.name === b.button.name && !a.parent === !b.parent,
    (a, b) => a.parent === b.parent && isLeaf(a) && isLeaf(b) && actionText(a.button) === actionText(b.button),
    (a, b) => !isLeaf(a) && !isLeaf(b) && a.place === b.place && shareChild(a, b),
  ];
  for (const same of rules) {
    for (const a of left) {
      const b = [...right].find((one) => same(a, one));
      if (!b) continue;
      pairs.push([a, b]);
      left.delete(a);
      right.delete(b);
    }
  }
  return pairs;
}

const isLeaf = (entry: Entry) => !entry.button.sub_button?.length;
const shareChild = (a: Entry, b: Entry) =>
  a.button.sub_button!.some((one) => b.button.sub_button!.some((other) => other.name === one.name));

/** The default menu and, named by who sees them, the menus for some people. */
export function differencesOf(published: Menu | null, draft: Menu, tags: TagNames = {}): Difference[] {
  const differences = differencesOfOne(published, draft);
  const named = (menu: Menu | null) => new Map((menu?.conditional ?? []).map((one) => [whom(one.rule, tags), one]));
  const before = named(published);
  const after = named(draft);
  for (const [who, one] of after) {
    const old = before.get(who);
    if (!old) differences.push({ kind: "added", text: `新增一份给「${who}」的菜单` });
    else {
      for (const { kind, text } of differencesOfOne(old, one)) {
        differences.push({ kind, text: `给「${who}」的菜单：${text}` });
      }
    }
  }
  for (const who of before.keys()) {
    if (!after.has(who)) differences.push({ kind: "removed", text: `去掉给「${who}」的菜单` });
  }
  const stay = (from: Map<string, unknown>, other: Map<string, unknown>) => [...from.keys()].filter((who) => other.has(who));
  const order = stay(after, before);
  if (stay(before, after).join() !== order.join()) {
    differences.push({ kind: "changed", text: `给一部分人的菜单，先后改为：${order.join("；")}` });
  }
  return differences;
}

type Buttons = Pick<Menu, "button">;

function differencesOfOne(published: Buttons | null, draft: Buttons): Difference[] {
  const before = published ? entriesOf(published) : [];
  const after = entriesOf(draft);
  const pairs = pair(before, after);
  const known = new Set(pairs.flat());
  const renamed = new Map(pairs.map(([a, b]) => [a.button.name, b.button.name]));
  const differences: Difference[] = [];
  for (const entry of after) {
    if (!known.has(entry)) {
      differences.push({ kind: "added", text: `新增${where(entry)}，${actionText(entry.button)}` });
      continue;
    }
    const [old] = pairs.find(([, b]) => b === entry)!;
    if (old.button.name !== entry.button.name) {
      differences.push({ kind: "changed", text: `${where(old)}改名为「${entry.button.name}」` });
    }
    if (actionText(old.button) !== actionText(entry.button)) {
      differences.push({
        kind: "changed",
        text: `${where(entry)}由「${actionText(old.button)}」改为「${actionText(entry.button)}」`,
      });
    }
    if ((renamed.get(old.parent) ?? old.parent) !== entry.parent) {
      differences.push({ kind: "changed", text: `「${entry.button.name}」从「${old.parent}」移到「${entry.parent}」` });
    }
  }
  for (const entry of before) {
    if (!known.has(entry)) differences.push({ kind: "removed", text: `去掉${where(entry)}` });
  }
  return [...differences, ...moves(pairs)];
}

/** Changes of order among buttons that stay under the same parent. */
function moves(pairs: [Entry, Entry][]): Difference[] {
  const differences: Difference[] = [];
  for (const parent of new Set(pairs.map(([, b]) => b.parent))) {
    const stay = pairs.filter(([a, b]) => b.parent === parent && !a.parent === !b.parent);
    const old = [...stay].sort(([a], [b]) => a.place - b.place);
    const fresh = [...stay].sort(([, a], [, b]) => a.place - b.place);
    if (stay.length > 1 && old.some((one, i) => one !== fresh[i])) {
      const order = fresh.map(([, entry]) => entry.button.name).join("、");
      differences.push({ kind: "changed", text: `${parent ? `「${parent}」下` : "一级菜单"}的顺序改为：${order}` });
    }
  }
  return differences;
}
