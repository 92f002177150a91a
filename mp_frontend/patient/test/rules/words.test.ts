// Money, times, units, QR codes, articles and the trend picture.
import { expect, test } from "vitest";
import { businessNow, noteServerTime, realNow } from "../../src/clock";
import { fenOf, price, yuan } from "../../src/money";
import { keyOf, queryText, settle } from "../../src/request";
import { plainHtml } from "../../src/rules/article";
import { stationIn } from "../../src/rules/station";
import { unitWords } from "../../src/rules/unit";
import { addDays, clockOf, dateWords, dayOf, leftWords, nearDay, spanWords, today } from "../../src/time";
import { withTicket } from "../../src/live";
import { trendSvg } from "../../src/trend";

test("[A12] fen and yuan, without rounding errors", () => {
  expect([yuan(0), yuan(5), yuan(1500), yuan(29), price(123456)]).toEqual(["0.00", "0.05", "15.00", "0.29", "¥1234.56"]);
  expect([fenOf("15"), fenOf("15.5"), fenOf("15.05"), fenOf("0.29")]).toEqual([1500, 1550, 1505, 29]);
  for (const text of ["", "1.234", "-5", "1e3", "十"]) expect(fenOf(text)).toBeNull();
});
test("[A9] times are the hospital's, whatever zone the phone is in", () => {
  expect(dayOf("2026-11-25T23:30:00Z")).toBe("2026-11-26");
  expect(clockOf("2026-11-25T09:30:00+08:00")).toBe("09:30");
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
});
test("[A9] now comes from the server: the hospital's for dates, the real one for holds", () => {
  noteServerTime({ "suizhen-now": "2026-11-25T08:00:00+08:00", date: new Date(Date.now() + 60_000).toUTCString() });
  expect(Math.abs(businessNow() - Date.parse("2026-11-25T08:00:00+08:00"))).toBeLessThan(1000);
  expect(Math.abs(realNow() - Date.now() - 60_000)).toBeLessThan(2100);
  expect(today()).toBe("2026-11-25");
  expect([nearDay("2026-11-25"), nearDay("2026-11-26"), nearDay("2026-11-28")]).toEqual(["今天", "明天", "周六"]);
  expect(dateWords("2026-11-26")).toBe("11月26日 周四");
  expect(dateWords("2027-01-01")).toBe("2027年1月1日 周五");
  expect(spanWords("2026-11-26T09:30:00+08:00", "2026-11-26T10:00:00+08:00")).toBe("11月26日 周四 09:30–10:00");
});
test("[A9] the time left runs down to zero and not below", () => {
  expect([leftWords(899_500), leftWords(1), leftWords(0), leftWords(-5)]).toEqual(["15:00", "00:01", "00:00", "00:00"]);
});
test("[A9] an intention keeps its key until it is settled", () => {
  const key = keyOf("book s1 p1");
  expect(keyOf("book s1 p1")).toBe(key);
  expect(keyOf("book s2 p1")).not.toBe(key);
  settle("book s1 p1");
  expect(keyOf("book s1 p1")).not.toBe(key);
});
test("[A9] the station's QR code: a link, a link in a link, the bare text; other texts are refused", () => {
  expect(stationIn("https://h/h5/pages/check-in/index?station=station.D01")).toBe("station.D01");
  expect(stationIn("https://h/wechat/enter?to=%2Fh5%2Fpages%2Fcheck-in%2Findex%3Fstation%3Dstation.D01")).toBe("station.D01");
  expect(stationIn("station.D01")).toBe("station.D01");
  expect(stationIn("https://other/?x=1")).toBe("");
  expect(stationIn("")).toBe("");
});
test("[A8] empty values stay out of addresses, others are encoded", () => {
  expect(queryText({ a: "心 内", b: undefined, c: "", d: 0 })).toBe("?a=%E5%BF%83%20%E5%86%85&d=0");
});
test("[A15.8] articles: scripts, handlers, links and foreign pictures go away", () => {
  const html = `<h2 onclick="x()">题</h2><script>alert(1)</script><p style="position:fixed">文<a href="javascript:x">链</a></p><img src="https://evil/x.png"><img src=/media/a.jpg alt='图 "1"'><iframe src="x"></iframe><svg><script>1</script></svg><img src="//evil/x.png">`;
  expect(plainHtml(html, "https://h")).toBe(`<h2>题</h2><p>文<span>链</span></p><img src="https://h/media/a.jpg" alt="图 1" style="max-width:100%;height:auto;border-radius:10px"/>`);
});
test("[A10] units as on paper", () => {
  expect([unitWords("10^12/L"), unitWords("g/L")]).toEqual(["10¹²/L", "g/L"]);
});
test("[A10] the trend picture marks what is out of range with an arrow, needs no network, and survives equal values", () => {
  const points = [["2026-11-01", 126], ["2026-11-20", 108]].map(([on, value]) => ({ at: `${on}T08:00:00+08:00`, value: Number(value), flag: null }));
  const svg = decodeURIComponent(trendSvg({ name: "血红蛋白", unit: "g/L", low: 115, high: 150, points }));
  expect(svg).toContain("108↓");
  expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
  expect(decodeURIComponent(trendSvg({ name: "x", unit: "", low: null, high: null, points: [points[0], points[0]] }))).not.toContain("NaN");
});
test("[A11] a ticket is renewed in place or put at the end", () => {
  const one = { id: "a", number: 1 } as never;
  expect(withTicket([one], { id: "a", number: 2 } as never)).toEqual([{ id: "a", number: 2 }]);
  expect(withTicket([one], { id: "b", number: 3 } as never)).toHaveLength(2);
});
