// Scores over time, and which follow-up is looked at first.
import { describe, expect, it } from "vitest";
import { mostUrgentFirst, numberText, seriesOf, seriesText } from "../src/rules/score";
import type { Followup } from "../src/types";

const followup = (over: Partial<Followup>): Followup => ({
  id: "f",
  patient_id: "p",
  patient_name: "样例",
  title: "出院后第 7 天随访",
  kind: "followup",
  status: "open",
  due_at: "2026-11-30T09:00:00+08:00",
  expires_at: "2026-12-07T09:00:00+08:00",
  answered_at: null,
  score_text: null,
  total: null,
  red: false,
  enrolment_id: null,
  message_state: null,
  ...over,
});

describe("[A14] scores over time", () => {
  it("[A14] writes numbers without needless zeros", () => {
    expect([12, 7.5, 0.1 + 0.2, 0].map(numberText)).toEqual(["12", "7.5", "0.3", "0"]);
  });
  it("[A14] makes one line per questionnaire, oldest first, leaving out what has no score or no answer", () => {
    const lines = seriesOf([
      followup({ title: "甲", total: 5, answered_at: "2026-11-20T09:00:00+08:00", red: true }),
      followup({ title: "甲", total: 0, answered_at: "2026-10-20T09:00:00+08:00" }),
      followup({ title: "乙", total: 1, answered_at: "2026-10-21T09:00:00+08:00" }),
      followup({ title: "甲", total: null, answered_at: "2026-10-22T09:00:00+08:00" }),
      followup({ title: "甲", total: 3 }),
    ]);
    expect(lines.map((line) => [line.title, line.points.map((point) => point.score)])).toEqual([
      ["甲", [0, 5]],
      ["乙", [1]],
    ]);
    expect(seriesText(lines[0], (at) => at.slice(0, 10))).toBe("甲：2026-10-20 0 分，2026-11-20 5 分（红旗）");
  });
});

describe("[A14] what needs a hand first", () => {
  it("[A14] puts red before overdue before the rest, sooner before later, each once", () => {
    const order = mostUrgentFirst([
      followup({ id: "later", due_at: "2026-11-28T09:00:00+08:00" }),
      followup({ id: "soon", due_at: "2026-11-26T09:00:00+08:00" }),
      followup({ id: "late", status: "expired" }),
      followup({ id: "red", red: true, status: "answered" }),
      followup({ id: "red", red: true, status: "answered" }),
    ]);
    expect(order.map((one) => one.id)).toEqual(["red", "late", "soon", "later"]);
  });
});
