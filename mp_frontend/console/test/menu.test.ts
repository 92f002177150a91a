// The menu's limits and the sentences that say what publishing would change.
import { describe, expect, it } from "vitest";
import { menuOf, newButton, problemsOf, rowsOf, widthOf } from "../src/rules/menu";
import { differencesOf } from "../src/rules/menu-diff";
import type { Menu } from "../src/types";

const page = (name: string, path = name): { name: string; type: "view"; url: string } => ({
  name,
  type: "view",
  url: `https://hospital.example/${path}`,
});
const published: Menu = {
  button: [
    { name: "门诊服务", sub_button: [page("预约挂号"), page("报告查询")] },
    { name: "住院服务", sub_button: [page("一日清单")] },
    page("个人中心"),
  ],
};
const copy = (menu: Menu): Menu => JSON.parse(JSON.stringify(menu)) as Menu;
const texts = (menu: Menu) => problemsOf(rowsOf(menu)).map((problem) => problem.text);
const said = (draft: Menu, from: Menu | null = published) => differencesOf(from, draft).map((one) => one.text);

describe("[A7] the width of a menu name", () => {
  it.each([
    ["门诊服务", 4],
    ["VIP门诊", 3.5],
    ["ＶＩＰ", 3],
    ["", 0],
    [" 挂号 ", 2],
    ["𠮷号", 2],
  ])("[A7] counts %s as %d Chinese characters", (name, width) => expect(widthOf(name)).toBe(width));
});

describe("[A7] what a menu may be", () => {
  it("[A7] accepts the hospital's own menu", () => expect(texts(published)).toEqual([]));
  it("[A7] goes to rows and back without a change", () => expect(menuOf(rowsOf(published))).toEqual(published));
  it("[A7] refuses a fourth button and a sixth below", () => {
    const menu = copy(published);
    menu.button.push(page("第四个"));
    menu.button[0].sub_button = Array.from({ length: 6 }, (_, i) => page(`第${i}项`));
    expect(texts(menu)).toEqual(["一级菜单最多 3 个。", "二级菜单最多 5 个。"]);
  });
  it("[A7] refuses five characters above and nine below, in words that say how many there are", () => {
    const menu = copy(published);
    menu.button[2].name = "我的个人中心";
    menu.button[1].sub_button![0].name = "住院病人一日费用清单";
    expect(texts(menu)).toEqual(["名称最多 8 个汉字，现在 10 个。", "名称最多 4 个汉字，现在 6 个。"]);
  });
  it("[A7] refuses two buttons of one name side by side, not the same name in two places", () => {
    const menu = copy(published);
    menu.button[0].sub_button!.push(page("一日清单"));
    expect(texts(menu)).toEqual([]);
    menu.button[0].sub_button!.push(page("报告查询", "again"));
    expect(texts(menu)).toEqual(["「报告查询」重复了，同一层的名称不能一样。"]);
  });
  it("[A7] refuses an empty menu, an empty group, an empty name", () => {
    expect(problemsOf([]).map((one) => one.text)).toEqual(["至少要有一个一级菜单。"]);
    expect(problemsOf([newButton({ kind: "group" })]).map((one) => one.text)).toEqual([
      "请写名称。",
      "下面至少要有一个二级菜单。",
    ]);
  });
  it("[A7] refuses an address that is none, a key that is too long, a wrong AppID", () => {
    const of = (over: object) => problemsOf([newButton({ name: "测试", ...over })]).map((one) => one.field);
    expect(of({ kind: "view", url: "javascript:alert(1)" })).toEqual(["url"]);
    expect(of({ kind: "view", url: `https://a.cn/${"长".repeat(400)}` })).toEqual(["url"]);
    expect(of({ kind: "click", key: "键".repeat(43) })).toEqual(["key"]);
    expect(of({ kind: "miniprogram", url: "https://a.cn", appid: "wx1", pagepath: "" })).toEqual(["appid", "pagepath"]);
  });
});

describe("[A7] the difference before publishing", () => {
  it("[A7] is nothing for the same menu", () => expect(said(copy(published))).toEqual([]));
  it("[A7] names everything when nothing was published before", () => {
    expect(differencesOf(null, published).map((one) => one.kind)).toEqual(Array(6).fill("added"));
  });
  it("[A7] names additions and removals with their place", () => {
    const draft = copy(published);
    draft.button[0].sub_button!.push(page("候诊查询"));
    draft.button[1].sub_button = [page("预交金")];
    expect(said(draft)).toEqual([
      "新增「门诊服务」下的「候诊查询」，打开 https://hospital.example/候诊查询",
      "新增「住院服务」下的「预交金」，打开 https://hospital.example/预交金",
      "去掉「住院服务」下的「一日清单」",
    ]);
  });
  it("[A7] sees a new name for the same page, and a new page under the same name", () => {
    const draft = copy(published);
    draft.button[0].sub_button![0] = page("挂号", "预约挂号");
    draft.button[2] = page("个人中心", "me");
    expect(said(draft)).toEqual([
      "「门诊服务」下的「预约挂号」改名为「挂号」",
      "一级菜单「个人中心」由「打开 https://hospital.example/个人中心」改为「打开 https://hospital.example/me」",
    ]);
  });
  it("[A7] sees a group renamed without calling its children moved", () => {
    const draft = copy(published);
    draft.button[0].name = "看门诊";
    expect(said(draft)).toEqual(["一级菜单「门诊服务」改名为「看门诊」"]);
  });
  it("[A7] sees what moved elsewhere and what only changed its order", () => {
    const moved = copy(published);
    moved.button[1].sub_button!.push(moved.button[0].sub_button!.pop()!);
    expect(said(moved)).toEqual(["「报告查询」从「门诊服务」移到「住院服务」"]);
    const turned = copy(published);
    turned.button[0].sub_button!.reverse();
    expect(said(turned)).toEqual(["「门诊服务」下的顺序改为：报告查询、预约挂号"]);
  });
});
