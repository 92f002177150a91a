// The rules of questionnaires, the same cases as the server's: which questions show, what is refused, what is sent.
import { expect, test } from "vitest";
import { added, answersToSend, changed, holds, linesOf, progressOf, regionsOf, removed, shown, stepsOf, toggled, troubleOf, troublesOf, valueAt } from "../../../api/form";
import type { Answer, Answers, FormItem } from "../../../api/types";
import { faultWords } from "../../src/form/words";

const ask = (link_id: string, type: FormItem["type"], more: Partial<FormItem> = {}): FormItem => ({ link_id, text: link_id, type, ...more });
const when = (question: string, operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<=", answer: string | number | boolean) => ({ question, operator, answer });
const links = (items: FormItem[], answers: Answers) => linesOf(items, answers).map((line) => line.item.link_id);
const faultOf = (item: FormItem, given: Answer | undefined) => {
  const trouble = troublesOf([item], given === undefined ? {} : { [item.link_id]: given })[item.link_id];
  return trouble ? faultWords(item, trouble) : "";
};

test("[A14] each operator, on one answer and on several", () => {
  expect(holds(when("a", "=", "x"), "x")).toBe(true);
  expect(holds(when("a", "=", "x"), ["y", "x"])).toBe(true);
  expect(holds(when("a", "!=", "x"), ["y", "x"])).toBe(false);
  expect(holds(when("a", ">", 3), 4)).toBe(true);
  expect(holds(when("a", ">", 3), { value: 10, unit: "kg" })).toBe(true);
  expect(holds(when("a", "<=", 3), 3)).toBe(true);
  expect(holds(when("a", ">=", "2026-01-02"), "2026-01-10")).toBe(true);
  expect(holds(when("a", ">", "21:30"), "22:05")).toBe(true);
  expect(holds(when("a", "=", false), false)).toBe(true);
  expect(holds(when("a", "=", 1), true)).toBe(false);
  expect(holds(when("a", "=", "自己写的"), { other: "自己写的" })).toBe(true);
});
test("[A14] without an answer only `exists` false holds", () => {
  for (const operator of ["=", "!=", ">", "<", ">=", "<="] as const) expect(holds(when("a", operator, 1), undefined)).toBe(false);
  expect(holds(when("a", "exists", true), undefined)).toBe(false);
  expect(holds(when("a", "exists", false), undefined)).toBe(true);
  expect(holds(when("a", "exists", true), [])).toBe(false);
});
test("[A14] any or all of several conditions", () => {
  const conditions = [when("a", "=", 1), when("b", "=", 1)];
  const items = (enable_behavior: "any" | "all") => [ask("a", "integer"), ask("b", "integer"), ask("c", "string", { enable_when: conditions, enable_behavior })];
  expect(links(items("any"), { a: "1" })).toContain("c");
  expect(links(items("all"), { a: 1 })).not.toContain("c");
  expect(links(items("all"), { a: 1, b: 1 })).toContain("c");
});
test("[A14] a hidden group hides its questions, and an answer that is hidden asks nothing more", () => {
  const items = [
    ask("a", "boolean"),
    ask("g", "group", { enable_when: [when("a", "=", true)], items: [ask("b", "boolean")] }),
    ask("c", "string", { enable_when: [when("b", "=", true)] }),
  ];
  expect(links(items, { a: true, b: true })).toEqual(["a", "g", "b", "c"]);
  expect(links(items, { a: false, b: true })).toEqual(["a"]);
  expect(answersToSend(items, { a: false, b: true, c: "x" })).toEqual({ a: false });
});
test("[A14] questions that hide each other in a circle come to an end", () => {
  const items = [ask("a", "string", { enable_when: [when("b", "exists", false)] }), ask("b", "string", { enable_when: [when("a", "exists", false)] })];
  expect(shown(items, { a: "1", b: "1" }).size).toBeLessThanOrEqual(2);
});

const drugs = ask("drugs", "group", {
  repeats: true, most: 3,
  items: [ask("name", "string", { required: true }), ask("daily", "boolean"), ask("why", "string", { enable_when: [when("daily", "=", false)] })],
});
test("[A14] inside a repetition a condition reads that repetition, from outside all of them", () => {
  const items = [drugs, ask("talk", "display", { enable_when: [when("daily", "=", false)] })];
  const answers = { drugs: [{ name: "甲", daily: true }, { name: "乙", daily: false, why: "忘了" }] };
  expect([...shown(items, answers)]).toEqual(["drugs", "drugs/0/name", "drugs/0/daily", "drugs/1/name", "drugs/1/daily", "drugs/1/why", "talk"]);
  expect([...shown(items, { drugs: [{ daily: true }] })]).not.toContain("talk");
});
test("[A14] repetitions are added, filled, numbered and taken away; a fault names its place", () => {
  let answers: Answers = {};
  expect(linesOf([drugs], answers).map((line) => line.kind)).toEqual(["item", "add"]);
  answers = added(added(answers, [], "drugs"), [], "drugs");
  answers = changed(answers, [["drugs", 1]], "name", "阿司匹林");
  expect(valueAt(answers, [["drugs", 1]], "name")).toBe("阿司匹林");
  expect(linesOf([drugs], answers).map((line) => [line.kind, line.key, line.number])).toEqual([
    ["item", "drugs", null], ["row", "drugs#0", null], ["item", "drugs/0/name", 1], ["item", "drugs/0/daily", 2],
    ["row", "drugs#1", null], ["item", "drugs/1/name", 3], ["item", "drugs/1/daily", 4], ["add", "drugs#+", null],
  ]);
  expect(troublesOf([drugs], answers)).toEqual({ "drugs/0/name": "required" });
  answers = removed(answers, [], "drugs", 0);
  expect(answersToSend([drugs], answers)).toEqual({ drugs: [{ name: "阿司匹林" }] });
  const four = { drugs: [1, 2, 3, 4].map(() => ({ name: "甲" })) };
  expect(troublesOf([drugs], four)).toEqual({ drugs: "too_many" });
  expect(linesOf([drugs], four).find((line) => line.kind === "add")?.full).toBe(true);
});
test("[A14] groups and remarks have no number, questions count on", () => {
  const lines = linesOf([ask("g", "group", { items: [ask("a", "string"), ask("d", "display"), ask("b", "string")] }), ask("c", "string")], {});
  expect(lines.map((line) => line.number)).toEqual([null, 1, null, 2, 3]);
  expect(lines.map((line) => line.depth)).toEqual([0, 1, 1, 1, 0]);
});

const ab = [{ value: "a", label: "甲" }, { value: "b", label: "乙" }];
test("[A14] each kind of answer is refused with its own sentence", () => {
  expect(faultOf(ask("a", "choice", { required: true, options: ab }), undefined)).toBe("请选一个答案");
  expect(faultOf(ask("a", "choice", { options: ab }), "c")).toBe("这个答案不能用了，请重新选");
  expect(faultOf(ask("a", "string", { required: true }), "  ")).toBe("请填写这一题");
  expect(faultOf(ask("a", "integer"), "3.5")).toBe("请填写整数");
  expect(faultOf(ask("a", "decimal"), "三十六")).toBe("请填写数字");
  expect(faultOf(ask("a", "decimal", { min: 34, max: 43, unit: "℃" }), "50")).toBe("请填写 34 到 43℃ 之间的数");
  expect(faultOf(ask("a", "integer", { min: 0 }), "-1")).toBe("不能小于 0");
  expect(faultOf(ask("a", "string", { max_length: 3 }), "很长的字")).toBe("最多 3 个字");
  expect(faultOf(ask("a", "string", { max_length: 3 }), "😀😀😀")).toBe("");
  expect(faultOf(ask("a", "string", { pattern: "\\d{11}", pattern_text: "11 位数字" }), "138")).toBe("填写的格式不对，请这样填：11 位数字");
  expect(faultOf(ask("a", "string", { pattern: "\\d{3}" }), "138")).toBe("");
  expect(faultOf(ask("a", "string", { pattern: "(a+)+b" }), "a".repeat(40))).toBe(""); // could hang this phone: the server decides
  expect(faultOf(ask("a", "string", { pattern: "(a|a)*b" }), "a".repeat(40))).toBe("");
  expect(faultOf(ask("a", "string", { pattern: "(.*)(.*)(.*)(.*)(.*)b" }), "a".repeat(200))).toBe("");
  expect(faultOf(ask("a", "date"), "明天")).toBe("请选择日期");
  expect(faultOf(ask("a", "date", { latest: "2026-11-25" }), "2026-11-26")).toBe("日期不能晚于 2026-11-25");
  expect(faultOf(ask("a", "datetime"), "2026-11-25")).toBe("请把日期和时间都选上");
  expect(faultOf(ask("a", "datetime"), "2026-11-25T09:30:00+08:00")).toBe("");
  expect(faultOf(ask("a", "time"), "25:00")).toBe("请选择时间");
  expect(faultOf(ask("a", "multi", { options: ab, most: 1 }), ["a", "b"])).toBe("最多选 1 个，请去掉几个");
  expect(faultOf(ask("a", "photo", { required: true }), [])).toBe("请拍一张照片");
  expect(faultOf(ask("a", "photo", { most: 1 }), ["1", "2"])).toBe("最多 1 张照片");
  expect(faultOf(ask("a", "quantity", { units: ab }), { value: "5", unit: "c" })).toBe("请选单位");
  expect(faultOf(ask("a", "quantity", { units: ab, max: 4 }), { value: "5" })).toBe("不能大于 4");
  expect(faultOf(ask("a", "open_choice", { options: ab, required: true }), { other: "" })).toBe("请选一个答案");
  expect(faultOf(ask("a", "open_multi", { options: ab }), ["a", { other: "别的" }])).toBe("");
  expect(faultOf(ask("a", "boolean", { required: true }), false)).toBe("");
  expect(faultOf(ask("a", "slider", { required: true, min: 0, max: 10 }), 0)).toBe("");
  expect(faultOf(ask("a", "slider", { required: true }), undefined)).toBe("请选一个数");
  expect(troubleOf(ask("a", "slider", { min: 0, max: 10, step: 2 }), 3)).toBe("out_of_range");
});
test("[A14] only the questions asked are checked and sent; numbers go as numbers, blanks stay behind", () => {
  const items = [ask("a", "boolean", { required: true }), ask("b", "string", { required: true, enable_when: [when("a", "=", true)] }), ask("n", "integer"), ask("m", "multi", { options: ab }), ask("s", "text"), ask("q", "quantity", { units: ab }), ask("o", "open_multi", { options: ab })];
  const answers: Answers = { a: false, b: "旧的回答", n: "132", m: ["a", "b"], s: "  ", q: { value: "36." }, o: ["a", { other: " " }] };
  expect(troublesOf(items, answers)).toEqual({});
  expect(answersToSend(items, answers)).toEqual({ a: false, n: 132, m: ["a", "b"], q: { value: 36, unit: "a" }, o: ["a"] });
  expect(progressOf(linesOf(items, { ...answers, s: "好" }), { ...answers, s: "好" })).toEqual({ done: 6, all: 6 });
});
test("[A14] options of a question with several answers go in and out", () => {
  expect(toggled(undefined, "x")).toEqual(["x"]);
  expect(toggled(["x", "y"], "x")).toEqual(["y"]);
});
test("[A14] a scale of eleven steps becomes buttons, a finer one a slider", () => {
  expect(stepsOf(ask("a", "slider", { min: 0, max: 10, step: 1 }))).toHaveLength(11);
  expect(stepsOf(ask("a", "slider", { min: 0, max: 100, step: 1 }))).toBeNull();
});
test("[A14] the places of the body stand by region, unknown ones apart", () => {
  const options = ["left-knee", "head", "wing"].map((value) => ({ value, label: value }));
  expect(regionsOf(options).map((one) => [one.title, one.options.length])).toEqual([["头和脖子", 1], ["腿脚", 1], ["其他", 1]]);
  expect(regionsOf(ab)).toEqual([{ title: "", options: ab }]);
});
