// The small rules of the frame: times in Shanghai, money, the way back after log-in, passwords, the client's errors.
import { afterEach, describe, expect, it, vi } from "vitest";
import { api, cookie, intents, queryText, Refused, sentence, whenLoggedOut } from "../src/api";
import { now } from "../src/clock";
import { clockText, dayOf, instantOf, moneyText, spanText, timeText, wallDate } from "../src/format";
import { wayBack } from "../src/rules/back";
import { firstPassword, passwordProblem } from "../src/rules/password";

const noon = Date.parse("2026-11-25T12:00:00+08:00");

describe("times are the hospital's", () => {
  it("shows the clock and the day of Shanghai whatever the machine's zone", () => {
    expect(clockText("2026-11-24T16:05:00Z")).toBe("00:05");
    expect(dayOf("2026-11-24T16:05:00Z")).toBe("2026-11-25");
    expect(spanText("2026-11-25T09:00:00+08:00", "2026-11-25T09:10:00+08:00")).toBe("09:00–09:10");
  });
  it("says yesterday, today, tomorrow, and the year only when it is another", () => {
    expect(timeText("2026-11-25T09:41:00+08:00", noon)).toBe("今天 09:41");
    expect(timeText("2026-11-24T23:59:00+08:00", noon)).toBe("昨天 23:59");
    expect(timeText("2026-11-26T00:00:00+08:00", noon)).toBe("明天 00:00");
    expect(timeText("2026-11-01T08:00:00+08:00", noon)).toBe("11-01 08:00");
    expect(timeText("2025-11-01T08:00:00+08:00", noon)).toBe("2025-11-01 08:00");
    expect(timeText(null, noon)).toBe("");
  });
  it("reads what a picker says as the hospital's wall clock", () => {
    expect(new Date(instantOf("2026-11-27T09:00:00")).toISOString()).toBe("2026-11-27T01:00:00.000Z");
    const opened = wallDate(noon);
    expect([opened.getDate(), opened.getHours()]).toEqual([25, 12]);
  });
  it("writes money in yuan, and free as free", () => {
    expect([moneyText(2550), moneyText(0)]).toEqual(["25.50 元", "免费"]);
  });
});

describe("the way back after log-in", () => {
  it("stays inside the console", () => {
    expect(wayBack("/patients/1?x=2")).toBe("/patients/1?x=2");
    expect(["//evil.example", "/\\evil.example", "https://evil.example", undefined, ["/a"]].map(wayBack)).toEqual(
      Array(5).fill("/"),
    );
  });
});

describe("a new password", () => {
  it("is long, of letters and digits, not the name, new, and typed twice alike", () => {
    const problem = (fresh: string, again = fresh) => passwordProblem("linqiushi", "old-password-1", fresh, again);
    expect(problem("new-password-2")).toBe("");
    expect(passwordProblem("linqiushi", "", "new-password-2", "new-password-2")).toContain("现在的密码");
    expect(problem("short-1")).toContain("10");
    expect(problem("only-letters")).toContain("数字");
    expect(problem("1234567890")).toContain("字母");
    expect(problem("LinQiuShi-2026")).toContain("用户名");
    expect(problem("old-password-1")).toContain("不能");
    expect(problem("new-password-2", "new-password-3")).toContain("不一样");
  });
  it("made here for a new member passes the same rule and is never the same twice", () => {
    const made = Array.from({ length: 50 }, firstPassword);
    expect(new Set(made).size).toBe(50);
    expect(made.map((one) => passwordProblem("editor", "x", one, one))).toEqual(Array(50).fill(""));
  });
});

describe("a key per intent", () => {
  it("stays for the same content and changes with it", () => {
    const keyOf = intents();
    const first = keyOf({ a: 1 });
    expect(keyOf({ a: 1 })).toBe(first);
    expect(keyOf({ a: 2 })).not.toBe(first);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("the api client", () => {
  afterEach(() => vi.unstubAllGlobals());
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    const fetched = vi.fn(
      async (_url: string, _init: RequestInit) =>
        new Response(status === 204 ? null : JSON.stringify(body), { status, headers }),
    );
    vi.stubGlobal("fetch", fetched);
    return fetched;
  };

  it("sends the XSRF token with writes and leaves empty query fields out", async () => {
    document.cookie = "sz_staff_xsrf=t%2Bk";
    expect(cookie("sz_staff_xsrf")).toBe("t+k");
    expect(queryText({ a: "", b: null, c: 0, d: "一 二" })).toBe("?c=0&d=%E4%B8%80+%E4%BA%8C");
    const fetched = answer(200, { created: [], skipped: [] });
    await api.sendFollowups({ questionnaire_id: "q", patient_ids: [], due_at: null, note: null }, "key-1");
    expect(fetched.mock.calls[0][0]).toBe("/api/staff/followups");
    expect(fetched.mock.calls[0][1].headers).toMatchObject({ "X-Xsrf-Token": "t+k", "Idempotency-Key": "key-1" });
  });
  it("[N2] takes the hospital's time from every answer", async () => {
    answer(200, {}, { "Suizhen-Now": "2030-01-01T08:00:00+08:00" });
    await api.overview();
    expect(Math.abs(now.value - Date.parse("2030-01-01T08:00:00+08:00"))).toBeLessThan(1000);
  });
  it("turns a refusal into the server's sentence, and a silent one into ours", async () => {
    answer(403, { code: "no_care_relation", message: "您与这位患者没有诊疗关系。", details: {} });
    await expect(api.patient("x")).rejects.toMatchObject({
      status: 403,
      code: "no_care_relation",
      message: "您与这位患者没有诊疗关系。",
    });
    answer(503, "<html>");
    await expect(api.overview()).rejects.toMatchObject({ message: "服务暂时不可用，请稍后再试。" });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
    await expect(api.overview()).rejects.toMatchObject({ code: "offline" });
    expect(sentence(new TypeError("x is undefined"))).toBe("页面出了点问题，请刷新后再试。");
    expect(sentence(new Refused(400, "bad_menu", "请检查。", { problems: ["甲重复了", "乙太长"] }))).toBe(
      "请检查。甲重复了；乙太长。",
    );
    expect(sentence(new Refused(409, "taken", "刚被别人改过。"))).toBe("刚被别人改过。");
  });
  it("leads to the log-in when the session ended, but not for a wrong password", async () => {
    const ended = vi.fn();
    whenLoggedOut(ended);
    answer(401, { code: "unauthenticated", message: "登录已失效，请重新进入。" });
    await expect(api.logIn("a", "b")).rejects.toBeInstanceOf(Refused);
    expect(ended).not.toHaveBeenCalled();
    await expect(api.overview()).rejects.toBeInstanceOf(Refused);
    expect(ended).toHaveBeenCalledOnce();
    answer(401, { code: "wrong_password", message: "用户名或密码不正确。" });
    await expect(api.changePassword("a", "b")).rejects.toBeInstanceOf(Refused);
    expect(ended).toHaveBeenCalledOnce();
  });
});
