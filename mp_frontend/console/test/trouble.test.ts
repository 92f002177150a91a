// Why a day could not be compared, in words.
import { describe, expect, it } from "vitest";
import { troubleText } from "../src/rules/trouble";

describe("what is in the way of a day", () => {
  it("is named where we know it", () => {
    expect(troubleText("pay bill_hash")).toContain("校验不通过");
    expect(troubleText("pay bill_not_there")).toContain("还没有出");
  });
  it("is said with whose code it is where we do not", () => {
    expect(troubleText("his timeout")).toBe("医院系统没有给出当天的收费记录，会自动再试（timeout）。");
    expect(troubleText("pay http_502")).toBe("微信账单没有取到，会自动再试（http_502）。");
  });
  it("is nothing when all is well", () => {
    expect(troubleText(null)).toBe("");
    expect(troubleText(undefined)).toBe("");
  });
});
