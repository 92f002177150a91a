// The account's menu as it is edited: WeChat's shape to rows and back, its limits, and the reasons it may not be saved.
// Limits: 3 buttons, 5 under each, 4 and 8 Chinese characters as shown, key 128 bytes, address 1024 bytes.
// Kinds that the form does not offer are kept as they are; those made by hand at WeChat cannot be published.
import type { Menu, MenuButton, MenuType } from "../types";

export interface EditButton {
  uid: string;
  name: string;
  kind: MenuType | "group";
  key: string;
  url: string;
  appid: string;
  pagepath: string;
  media_id: string;
  article_id: string;
  value: string;
  children: EditButton[];
}

type Field = "key" | "url" | "media_id" | "article_id";

export interface Problem {
  uid: string;
  field: "name" | "kind" | Field | "appid" | "pagepath" | "children" | "menu";
  text: string;
}

export const KIND_TEXT: Record<MenuType | "group", string> = {
  group: "展开二级菜单",
  view: "打开网页",
  click: "回复消息",
  miniprogram: "打开小程序",
  scancode_push: "扫一扫",
  scancode_waitmsg: "扫一扫并等回复",
  pic_sysphoto: "拍照发图",
  pic_photo_or_album: "拍照或选图",
  pic_weixin: "从相册选图",
  location_select: "发送位置",
  media_id: "发素材",
  view_limited: "打开图文素材",
  article_id: "发文章",
  article_view_limited: "打开文章",
  text: "发文字（微信后台设置）",
  img: "发图片（微信后台设置）",
  photo: "发图片（微信后台设置）",
  video: "发视频（微信后台设置）",
  voice: "发语音（微信后台设置）",
  news: "发图文（微信后台设置）",
};
const BY_HAND = ["group", "text", "img", "photo", "video", "voice", "news"];
const OWN_FIELD: Partial<Record<MenuType, Field>> = {
  view: "url",
  miniprogram: "url",
  media_id: "media_id",
  view_limited: "media_id",
  article_id: "article_id",
  article_view_limited: "article_id",
};
const FIELD_TEXT: Record<Field, string> = {
  key: "消息关键字",
  url: "网址",
  media_id: "素材编号",
  article_id: "文章编号",
};

/** Which field says where a button of this kind leads; null: it cannot be published from here, or has children. */
export function fieldOf(kind: MenuType | "group"): Field | null {
  return BY_HAND.includes(kind) ? null : (OWN_FIELD[kind as MenuType] ?? "key");
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
    media_id: "",
    article_id: "",
    value: "",
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

export function rowsOf(menu: { button: MenuButton[] }): EditButton[] {
  const read = (button: MenuButton): EditButton =>
    newButton({
      name: button.name,
      kind: button.sub_button?.length ? "group" : (button.type ?? "view"),
      key: button.key ?? "",
      url: button.url ?? "",
      appid: button.appid ?? "",
      pagepath: button.pagepath ?? "",
      media_id: button.media_id ?? "",
      article_id: button.article_id ?? "",
      value: button.value ?? "",
      children: (button.sub_button ?? []).map(read),
    });
  return menu.button.map(read);
}

export function menuOf(rows: readonly EditButton[]): Menu {
  const write = (row: EditButton): MenuButton => {
    const name = row.name.trim();
    if (row.kind === "group") return { name, sub_button: row.children.map(write) };
    const field = fieldOf(row.kind);
    if (!field) return { name, type: row.kind, value: row.value };
    const button: MenuButton = { name, type: row.kind, [field]: row[field].trim() };
    return row.kind === "miniprogram"
      ? { ...button, appid: row.appid.trim(), pagepath: row.pagepath.trim() }
      : button;
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
  const field = fieldOf(row.kind);
  if (!field) return [{ uid: row.uid, field: "kind", text: "这是在微信公众平台里设置的，这里不能发布，请换一种。" }];
  if (field !== "url") {
    const value = row[field].trim();
    if (!value) return [{ uid: row.uid, field, text: `请写${FIELD_TEXT[field]}。` }];
    return bytesOf(value) > 128 ? [{ uid: row.uid, field, text: `${FIELD_TEXT[field]}太长，最多 128 字节。` }] : [];
  }
  const problems = addressProblem(row);
  if (row.kind !== "miniprogram") return problems;
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
