// The account's menu as it is edited: WeChat's shape to rows and back, its limits, and the reasons it may not be saved.
// Limits: 3 buttons, 5 under each, 4 and 8 Chinese characters as shown, key 128 bytes, address 1024 bytes.
import type { Menu, MenuButton, MenuType } from "../types";

export interface EditButton {
  uid: string;
  name: string;
  kind: MenuType | "group";
  key: string;
  url: string;
  appid: string;
  pagepath: string;
  children: EditButton[];
}

export interface Problem {
  uid: string;
  field: "name" | "key" | "url" | "appid" | "pagepath" | "children" | "menu";
  text: string;
}

export const TOP_LIMIT = 3;
export const SUB_LIMIT = 5;
export const TOP_WIDTH = 4;
export const SUB_WIDTH = 8;

let made = 0;
export function newButton(over: Partial<EditButton> = {}): EditButton {
  return {
    uid: `b${++made}`,
    name: "",
    kind: "view",
    key: "",
    url: "",
    appid: "",
    pagepath: "",
    children: [],
    ...over,
  };
}

/** How wide a name is shown, in Chinese characters: one each, half for Latin letters, digits and ASCII signs. */
export function widthOf(name: string): number {
  let width = 0;
  for (const character of name.trim()) width += character.codePointAt(0)! < 0x100 ? 0.5 : 1;
  return width;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function rowsOf(menu: Menu): EditButton[] {
  const read = (button: MenuButton): EditButton =>
    newButton({
      name: button.name,
      kind: button.sub_button?.length ? "group" : (button.type ?? "view"),
      key: button.key ?? "",
      url: button.url ?? "",
      appid: button.appid ?? "",
      pagepath: button.pagepath ?? "",
      children: (button.sub_button ?? []).map(read),
    });
  return menu.button.map(read);
}

export function menuOf(rows: readonly EditButton[]): Menu {
  const write = (row: EditButton): MenuButton => {
    const name = row.name.trim();
    if (row.kind === "group") return { name, sub_button: row.children.map(write) };
    if (row.kind === "click") return { name, type: "click", key: row.key.trim() };
    if (row.kind === "view") return { name, type: "view", url: row.url.trim() };
    return {
      name,
      type: "miniprogram",
      url: row.url.trim(),
      appid: row.appid.trim(),
      pagepath: row.pagepath.trim(),
    };
  };
  return { button: rows.map(write) };
}

function nameProblem(row: EditButton, limit: number): Problem[] {
  const width = widthOf(row.name);
  if (!width) return [{ uid: row.uid, field: "name", text: "请写名称。" }];
  if (width > limit) {
    return [{ uid: row.uid, field: "name", text: `名称最多 ${limit} 个汉字，现在 ${Math.ceil(width)} 个。` }];
  }
  return [];
}

function addressProblem(row: EditButton): Problem[] {
  const url = row.url.trim();
  if (!url) return [{ uid: row.uid, field: "url", text: "请写网址。" }];
  if (!/^https?:\/\/[^\s/]+/.test(url))
    return [{ uid: row.uid, field: "url", text: "网址要以 https:// 或 http:// 开头。" }];
  if (bytesOf(url) > 1024) return [{ uid: row.uid, field: "url", text: "网址太长，最多 1024 字节。" }];
  return [];
}

function repeated(rows: readonly EditButton[]): Problem[] {
  const names = rows.map((row) => row.name.trim());
  return rows
    .filter((_, i) => names[i] && names.indexOf(names[i]) !== i)
    .map((row) => ({ uid: row.uid, field: "name", text: `「${row.name.trim()}」重复了，同一层的名称不能一样。` }));
}

function actionProblems(row: EditButton): Problem[] {
  if (row.kind === "view") return addressProblem(row);
  if (row.kind === "click") {
    const key = row.key.trim();
    if (!key) return [{ uid: row.uid, field: "key", text: "请写消息关键字。" }];
    return bytesOf(key) > 128 ? [{ uid: row.uid, field: "key", text: "消息关键字太长，最多 128 字节。" }] : [];
  }
  const problems = addressProblem(row);
  if (!/^wx[0-9a-f]{16}$/.test(row.appid.trim())) {
    problems.push({ uid: row.uid, field: "appid", text: "小程序 AppID 是 wx 加 16 位字母数字。" });
  }
  if (!row.pagepath.trim()) problems.push({ uid: row.uid, field: "pagepath", text: "请写小程序的页面路径。" });
  return problems;
}

/** Everything that keeps the menu from being saved, in the order of the menu. */
export function problemsOf(rows: readonly EditButton[]): Problem[] {
  if (!rows.length) return [{ uid: "", field: "menu", text: "至少要有一个一级菜单。" }];
  const problems: Problem[] = [];
  if (rows.length > TOP_LIMIT) problems.push({ uid: "", field: "menu", text: `一级菜单最多 ${TOP_LIMIT} 个。` });
  problems.push(...repeated(rows));
  for (const row of rows) {
    problems.push(...nameProblem(row, TOP_WIDTH));
    if (row.kind !== "group") {
      problems.push(...actionProblems(row));
      continue;
    }
    if (!row.children.length) problems.push({ uid: row.uid, field: "children", text: "下面至少要有一个二级菜单。" });
    if (row.children.length > SUB_LIMIT) {
      problems.push({ uid: row.uid, field: "children", text: `二级菜单最多 ${SUB_LIMIT} 个。` });
    }
    problems.push(...repeated(row.children));
    for (const child of row.children) problems.push(...nameProblem(child, SUB_WIDTH), ...actionProblems(child));
  }
  return problems;
}
