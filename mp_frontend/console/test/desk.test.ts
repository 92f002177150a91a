// Results of actions on many, and shares in words.
import { describe, expect, it } from "vitest";
import { patientsOf, resultOf, resultOfSending, stillThere, whyNot } from "../src/rules/desk";
import { fractionText, intervalText, isEmpty, percentText, recheckText } from "../src/rules/rate";
import { ofLine, topOf } from "../src/rules/score";
import type { DeskTask, Figures, Rate } from "../src/types";

const task = (id: string, patient_id: string) => ({ id, patient_id, patient_name: `患者${patient_id}` }) as DeskTask;
const rate = (numerator: number, denominator: number): Rate => ({
  numerator,
  denominator,
  rate: denominator ? numerator / denominator : null,
  low: denominator ? 0.421 : null,
  high: denominator ? 0.996 : null,
});
const recheck = (difference: number | null, low: number | null, high: number | null): Figures["recheck"] => ({
  targeted: rate(1, 2),
  plain: rate(1, 2),
  difference,
  low,
  high,
});

describe("[A14] an action on many follow-ups", () => {
  it("[A14] says how many were done and why each other was not", () => {
    const result = resultOf("标为已看", {
      done: ["a", "b"],
      skipped: [
        { task_id: "c", patient_name: "张建国", reason: "already_seen", by_name: "孙护士" },
        { task_id: "d", patient_name: "", reason: "no_care_relation", by_name: "" },
      ],
    });
    expect(result.done).toBe(2);
    expect(result.skipped).toEqual([
      { name: "张建国", text: "已有人看过（孙护士）" },
      { name: "患者", text: "与您没有诊疗关系" },
    ]);
    expect(whyNot("not_ended", "")).toBe("还没有回答，也没有过期");
  });
  it("[A14] names those to whom a questionnaire was not sent, each patient once", () => {
    const tasks = [task("a", "1"), task("b", "1"), task("c", "2")];
    expect(patientsOf(tasks)).toEqual(["1", "2"]);
    const skipped = [{ patient_id: "2", patient_name: "", reason: "no_wechat" as const }];
    expect(resultOfSending("发问卷", { created: ["x"], skipped }, tasks)).toEqual({
      title: "发问卷",
      done: 1,
      skipped: [{ name: "患者2", text: "还没有在微信绑定，收不到" }],
    });
  });
  it("[A14] keeps the ticks of rows that are still there", () => {
    expect(stillThere(["a", "gone"], [task("a", "1"), task("b", "2")])).toEqual(["a"]);
  });
});

describe("[R16] shares", () => {
  it("[R16] never stand without numerator and denominator, and say nothing where nothing was counted", () => {
    expect([percentText(6 / 7), fractionText(rate(6, 7)), intervalText(rate(6, 7))]).toEqual([
      "85.7%",
      "6/7",
      "95% 区间 42.1%–99.6%",
    ]);
    expect([percentText(null), intervalText(rate(0, 0))]).toEqual(["—", ""]);
    const none = { total: { visited: rate(0, 0), satisfied: rate(0, 0) } } as Figures;
    expect([isEmpty(none), isEmpty({ total: { visited: rate(0, 3), satisfied: rate(0, 0) } } as Figures)]).toEqual([
      true,
      false,
    ]);
  });
  it("[R16] a difference is called one only when its interval leaves out zero", () => {
    expect(recheckText(recheck(0.2, 0.05, 0.33))).toContain("高 20.0 个百分点（95% 区间 5.0 到 33.0 个百分点），不像是偶然");
    expect(recheckText(recheck(-0.2, -0.33, -0.05))).toContain("低 20.0 个百分点");
    expect(recheckText(recheck(-0.02, -0.1, 0.06))).toContain("相差 −2.0 个百分点（95% 区间 −10.0 到 6.0");
    expect(recheckText(recheck(null, null, null))).toContain("还不能比较");
  });
});

describe("[A14] the chart of one questionnaire", () => {
  it("[A14] reaches into the last band and above the highest score", () => {
    const points = [{ at: "2026-11-25T09:00:00+08:00", total: 21, band: null, red: false, task_id: "t" }];
    const bands = [
      { label: "没有", low: 0, high: 5 },
      { label: "重度", low: 20, high: null },
    ];
    expect(topOf(ofLine({ key: "k", title: "甲", points, bands }))).toBe(25);
    expect(topOf({ title: "乙", points: [{ at: "", score: 3, red: false }] })).toBe(3);
    expect(topOf({ title: "丙", points: [] })).toBe(1);
  });
});
