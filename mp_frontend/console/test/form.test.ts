// The questionnaire preview asks what the phone would ask.
import { describe, expect, it } from "vitest";
import { linesOf, type Answers } from "../src/rules/form";
import { entriesOf } from "../src/rules/pasted";
import type { FormItem } from "../src/types";

const item = (link_id: string, over: Partial<FormItem> = {}): FormItem => ({
  link_id,
  text: link_id,
  type: "string",
  ...over,
});
const isAsked = (one: FormItem, answers: Answers) =>
  linesOf([...Object.keys(answers).map((link) => item(link, { type: "multi" })), one], answers).some(
    (line) => line.item === one,
  );

describe("[A14] the preview of a questionnaire, by the rules of the patient's app", () => {
  it("[A14] hides a question until its condition holds", () => {
    const pain = item("pain", { enable_when: [{ question: "hurts", operator: "=", answer: "yes" }] });
    expect(isAsked(pain, {})).toBe(false);
    expect(isAsked(pain, { hurts: "no" })).toBe(false);
    expect(isAsked(pain, { hurts: ["no", "yes"] })).toBe(true);
  });
  it("[A14] asks when all conditions hold, or any, as the questionnaire says", () => {
    const conditions: FormItem["enable_when"] = [
      { question: "a", operator: "=", answer: true },
      { question: "b", operator: "=", answer: true },
    ];
    const answers = { a: true, b: false };
    expect(isAsked(item("x", { enable_when: conditions, enable_behavior: "any" }), answers)).toBe(true);
    expect(isAsked(item("x", { enable_when: conditions, enable_behavior: "all" }), answers)).toBe(false);
  });
  it("[A14] numbers questions through groups, not headings or notes", () => {
    const rows = linesOf(
      [item("g", { type: "group", items: [item("one"), item("note", { type: "display" })] }), item("two")],
      {},
    );
    expect(rows.map((row) => [row.item.link_id, row.number])).toEqual([
      ["g", null],
      ["one", 1],
      ["note", null],
      ["two", 2],
    ]);
  });
});

describe("[A14] a pasted list of patients", () => {
  it("[A14] is split at lines and commas of both scripts, each entry once", () => {
    expect(entriesOf("MZ0001\r\n MZ0002，MZ0003、MZ0001;\n\n王  建国\t")).toEqual([
      "MZ0001",
      "MZ0002",
      "MZ0003",
      "王 建国",
    ]);
    expect(entriesOf(" \n ,")).toEqual([]);
  });
});
