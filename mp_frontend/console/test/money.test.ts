// What is typed as money becomes fen without ever counting in floating point.
import { describe, expect, it } from "vitest";
import { fenOf, refundProblem, yuanText } from "../src/rules/money";

describe("an amount", () => {
  it.each([
    ["12", 1200],
    ["12.5", 1250],
    [" ￥12.05 元", 1205],
    ["0.29", 29],
    ["0", 0],
  ])("%s is %i fen", (typed, fen) => expect(fenOf(typed)).toBe(fen));
  it.each(["", "1.234", "-1", "1,000", "十二", "1.", "1e3", "99999999"])("%s is none", (typed) =>
    expect(fenOf(typed)).toBeNull(),
  );
  it("is written with two decimals", () => expect(yuanText(1205)).toBe("12.05"));
});

describe("a refund", () => {
  it("is within what is left", () => {
    expect(refundProblem(500, 1000, false)).toBe("");
    expect(refundProblem(1000, 1000, true)).toBe("");
  });
  it.each([
    [null, false],
    [0, false],
    [1001, false],
    [500, true],
  ])("of %s is refused", (fen, wholeOnly) => expect(refundProblem(fen, 1000, wholeOnly)).not.toBe(""));
});
