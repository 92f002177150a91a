// Menus for some people: who they are, which menu a phone shows, what is wrong with one, and what would change.
import { describe, expect, it } from "vitest";
import { menuOf, problemsOf, rowsOf } from "../src/rules/menu";
import { audiencesOf, fullMenuOf, problemsOfAll, seenOn, whom } from "../src/rules/menu-audience";
import { actionText, differencesOf } from "../src/rules/menu-diff";
import type { MatchRule, Menu } from "../src/types";

const leaf = (name: string) => ({ name, type: "click" as const, key: name });
const menu = (...some: [MatchRule, string][]): Menu => ({
  button: [leaf("大家")],
  conditional: some.map(([rule, name]) => ({ rule, button: [leaf(name)] })),
});
const TAGS = { "101": "住院病人" };
const IOS: MatchRule = { client_platform_type: "1" };

describe("menus for some people", () => {
  it("[A7] go to the editor and back without a change", () => {
    const given = menu([{ ...IOS, tag_id: "101" }, "住院"], [IOS, "苹果"]);
    expect(fullMenuOf(audiencesOf(given))).toEqual(given);
  });

  it("[A7] are shown to the first whom they fit", () => {
    const audiences = audiencesOf(menu([{ tag_id: "101" }, "住院"], [IOS, "苹果"]));
    const seen = (platform: string, tag = "") => seenOn(audiences, platform, tag).rows[0].name;
    expect([seen("1"), seen("2"), seen("1", "101"), seen("3", "7")]).toEqual(["苹果", "大家", "住院", "大家"]);
  });

  it("say who sees them", () => {
    expect(whom(null)).toBe("所有人");
    expect(whom({ client_platform_type: "2", tag_id: "101", language: "en" }, TAGS)).toBe("安卓手机、标签 住院病人、语言 en");
    expect(whom({})).toBe("还没有选给谁看");
  });

  it("are refused without people, and behind one that takes all of theirs", () => {
    const texts = (given: Menu) => problemsOfAll(audiencesOf(given)).map((one) => one.text);
    expect(texts(menu([{}, "谁"]))).toEqual(["请选择这份菜单给谁看。"]);
    expect(texts(menu([IOS, "一"], [{ ...IOS, tag_id: "101" }, "二"]))[0]).toContain("永远不会显示");
    expect(texts(menu([{ ...IOS, tag_id: "101" }, "一"], [IOS, "二"]))).toEqual([]);
  });

  it("[A7] are compared by the people they are for", () => {
    const before = menu([IOS, "苹果"], [{ tag_id: "101" }, "住院"]);
    const said = (from: Menu, to: Menu) => differencesOf(from, to, TAGS).map((one) => one.text);
    expect(said(before, menu([IOS, "苹果"], [{ client_platform_type: "2" }, "安卓"]))).toEqual([
      "新增一份给「安卓手机」的菜单",
      "去掉给「标签 住院病人」的菜单",
    ]);
    expect(said(menu([IOS, "苹果"]), menu([IOS, "新的"]))[0]).toContain("给「苹果手机」的菜单：新增一级菜单「新的」");
    expect(said(before, menu([{ tag_id: "101" }, "住院"], [IOS, "苹果"]))).toEqual([
      "给一部分人的菜单，先后改为：标签 住院病人；苹果手机",
    ]);
  });
});

describe("buttons of other kinds", () => {
  const kept: Menu = {
    button: [
      { name: "扫码", type: "scancode_push", key: "IN" },
      { name: "文章", type: "article_id", article_id: "A1" },
      { name: "电话", type: "text", value: "010" },
    ],
  };

  it("are kept as they are, and those made by hand at WeChat cannot be published", () => {
    expect(menuOf(rowsOf(kept))).toEqual(kept);
    expect(problemsOf(rowsOf(kept)).map((one) => one.field)).toEqual(["kind"]);
    expect(kept.button.map(actionText)).toEqual(["扫一扫 IN", "发文章 A1", "发文字（微信后台设置） 010"]);
  });

  it("need what they lead to", () => {
    const bare = [{ name: "图", type: "media_id" as const }, { name: "文", type: "article_id" as const }];
    expect(problemsOf(rowsOf({ button: bare })).map((one) => one.text)).toEqual(["请写素材编号。", "请写文章编号。"]);
  });
});
