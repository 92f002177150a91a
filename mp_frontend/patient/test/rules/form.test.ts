// The rules of questionnaires: which questions are asked, what is refused, what is sent.
import { expect, test } from "vitest";
import type { Answers, FormItem } from "../../../api/types";
import { answersToSend, faultOf, faultsOf, holds, linesOf, progressOf, stepsOf, toggled } from "../../src/form/logic";

const ask = (link_id: string, type: FormItem["type"], more: Partial<FormItem> = {}): FormItem => ({ link_id, text: link_id, type, ...more });
const when = (question: string, operator: "exists" | "=" | "!=" | ">" | "<" | ">=" | "<=", answer: string | number | boolean) => ({ question, operator, answer });
const shown = (items: FormItem[], answers: Answers) => linesOf(items, answers).map((line) => line.item.link_id);

test("[A14] each operator, on one answer and on several", () => {
  expect(holds(when("a", "=", "x"), { a: "x" })).toBe(true);
  expect(holds(when("a", "=", "x"), { a: ["y", "x"] })).toBe(true);
  expect(holds(when("a", "!=", "x"), { a: ["y", "x"] })).toBe(false);
  expect(holds(when("a", ">", 3), { a: 4 })).toBe(true);
  expect(holds(when("a", ">", 3), { a: "10" })).toBe(true);
  expect(holds(when("a", "<=", 3), { a: 3 })).toBe(true);
  expect(holds(when("a", ">=", "2026-01-02"), { a: "2026-01-10" })).toBe(true);
  expect(holds(when("a", "=", false), { a: false })).toBe(true);
});
test("[A14] without an answer only `exists` false holds", () => {
  for (const operator of ["=", "!=", ">", "<", ">=", "<="] as const) expect(holds(when("a", operator, 1), {})).toBe(false);
  expect(holds(when("a", "exists", true), {})).toBe(false);
  expect(holds(when("a", "exists", false), {})).toBe(true);
  expect(holds(when("a", "exists", true), { a: [] })).toBe(false);
});
test("[A14] any or all of several conditions", () => {
  const conditions = [when("a", "=", 1), when("b", "=", 1)];
  const items = (enable_behavior: "any" | "all") => [ask("a", "integer"), ask("b", "integer"), ask("c", "string", { enable_when: conditions, enable_behavior })];
  expect(shown(items("any"), { a: 1 })).toContain("c");
  expect(shown(items("all"), { a: 1 })).not.toContain("c");
  expect(shown(items("all"), { a: 1, b: 1 })).toContain("c");
});
test("[A14] a hidden group hides its questions, and an answer that is hidden asks nothing more", () => {
  const items = [
    ask("a", "boolean"),
    ask("g", "group", { enable_when: [when("a", "=", true)], items: [ask("b", "boolean")] }),
    ask("c", "string", { enable_when: [when("b", "=", true)] }),
  ];
  expect(shown(items, { a: true, b: true })).toEqual(["a", "g", "b", "c"]);
  expect(shown(items, { a: false, b: true })).toEqual(["a"]);
});
test("[A14] questions that hide each other in a circle come to an end", () => {
  const items = [ask("a", "string", { enable_when: [when("b", "exists", false)] }), ask("b", "string", { enable_when: [when("a", "exists", false)] })];
  expect(shown(items, { a: "1", b: "1" }).length).toBeLessThanOrEqual(2);
});
test("[A14] groups and remarks have no number, questions count on", () => {
  const lines = linesOf([ask("g", "group", { items: [ask("a", "string"), ask("d", "display"), ask("b", "string")] }), ask("c", "string")], {});
  expect(lines.map((line) => line.number)).toEqual([null, 1, null, 2, 3]);
  expect(lines.map((line) => line.depth)).toEqual([0, 1, 1, 1, 0]);
});
test("[A14] each kind of answer is refused with its own sentence", () => {
  expect(faultOf(ask("a", "choice", { required: true }), undefined)).toBe("请选一个答案");
  expect(faultOf(ask("a", "string", { required: true }), "")).toBe("请填写这一题");
  expect(faultOf(ask("a", "integer"), "3.5")).toBe("请填写整数");
  expect(faultOf(ask("a", "decimal"), "三十六")).toBe("请填写数字");
  expect(faultOf(ask("a", "decimal", { min: 34, max: 43, unit: "℃" }), "50")).toBe("请填写 34 到 43℃ 之间的数");
  expect(faultOf(ask("a", "integer", { min: 0 }), "-1")).toBe("不能小于 0");
  expect(faultOf(ask("a", "string", { max_length: 3 }), "很长的字")).toBe("最多 3 个字");
  expect(faultOf(ask("a", "string", { max_length: 3 }), "😀😀😀")).toBe("");
  expect(faultOf(ask("a", "date"), "明天")).toBe("请选择日期");
  expect(faultOf(ask("a", "boolean", { required: true }), false)).toBe("");
  expect(faultOf(ask("a", "slider", { required: true, min: 0, max: 10 }), 0)).toBe("");
});
test("[A14] only the questions asked are checked and sent; numbers go as numbers, blanks stay behind", () => {
  const items = [ask("a", "boolean", { required: true }), ask("b", "string", { required: true, enable_when: [when("a", "=", true)] }), ask("n", "integer"), ask("m", "multi"), ask("s", "text")];
  const answers: Answers = { a: false, b: "旧的回答", n: "132", m: ["x", "y"], s: "  " };
  const lines = linesOf(items, answers);
  expect(faultsOf(lines, answers)).toEqual({});
  expect(answersToSend(lines, { ...answers, s: "" })).toEqual({ a: false, n: 132, m: ["x", "y"] });
  expect(progressOf(lines, answers)).toEqual({ done: 4, all: 4 });
});
test("[A14] options of a question with several answers go in and out", () => {
  expect(toggled(undefined, "x")).toEqual(["x"]);
  expect(toggled(["x", "y"], "x")).toEqual(["y"]);
});
test("[A14] a scale of eleven steps becomes buttons, a finer one a slider", () => {
  expect(stepsOf(ask("a", "slider", { min: 0, max: 10, step: 1 }))).toHaveLength(11);
  expect(stepsOf(ask("a", "slider", { min: 0, max: 100, step: 1 }))).toBeNull();
});
