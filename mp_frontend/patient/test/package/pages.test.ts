// Every page of the built package opens on good answers, says so when there is nothing, and offers 重试 when the server fails.
import { beforeEach, expect, test } from "vitest";
import pages from "../../src/pages.json";
import { boot, forget, open, phone } from "../mp";
import { makeStub, type Stub } from "../stub";

let stub: Stub;
beforeEach(() => {
  boot();
  forget();
  stub = makeStub();
  phone.answer = (asked) => stub.reply(asked);
});

const shown: Record<string, [Record<string, string>, string]> = {
  "home/index": [{}, "前面还有 3 人"], "hospital/index": [{}, "示范市和平路"], "patients/index": [{}, "陈小满"], "patients/add": [{}, "我同意：绑定就诊人"], "patients/detail": [{ id: "p1" }, "MZ****1024"],
  "patients/open": [{ id: "p2" }, "发送验证码"], "departments/index": [{}, "心血管内科"], "departments/detail": [{ id: "d01" }, "沈静安"], "doctors/index": [{}, "顾晓棠"], "doctors/detail": [{ id: "w01" }, "11月26日"],
  "timetable/index": [{ department_id: "d01" }, "陆明远"], "booking/slots": [{ clinic_id: "c-w01-0-am" }, "09:00–09:30"], "booking/confirm": [{ clinic_id: "c-w01-0-am", slot_id: "s-c-w01-0-am-5" }, "去支付 ¥50.00"],
  "booking/pay": [{ id: "a1" }, ""], "booking/result": [{ id: "a1" }, "挂号成功"], "appointments/index": [{}, "今天 11月25日 09:40"], "appointments/detail": [{ id: "a1" }, "签到报到"], "check-in/index": [{}, "扫诊区二维码"],
  "queue/index": [{}, "大约还要 30 分钟"], "reports/index": [{}, "3 项异常"], "reports/detail": [{ id: "r1" }, "↓ 偏低"], "bills/index": [{}, "¥84.20"], "bills/detail": [{ id: "b1" }, "微信支付 ¥84.20"], "orders/index": [{}, "已退 ¥30.00"],
  "inpatient/index": [{}, "余额不多"], "inpatient/daily": [{}, "¥62.20"], "inpatient/deposit": [{}, "1000 元"], "tasks/index": [{}, "出院第 7 天随访"], "tasks/answer": [{ id: "t1" }, "这几天感觉怎么样"], "articles/index": [{}, "冬天血压高"],
  "articles/detail": [{ id: "n1" }, "冬天血压高"], "me/index": [{}, "大字版"], "me/consents": [{}, "收回同意"], "sorry/index": [{}, "没有这个页面"],
};

test("[A8] every page of pages.json is named here", () => {
  expect(pages.pages.map((one) => one.path.replace("pages/", "")).sort()).toEqual(Object.keys(shown).sort());
});
for (const [page, [query, said]] of Object.entries(shown))
  test(`[A8] ${page} shows what the server answers`, async () => {
    const shownPage = await open(page, query);
    expect(shownPage.text()).toContain(said);
    expect(shownPage.text()).not.toMatch(/undefined|NaN|\[object/);
    shownPage.leave();
  });

const lists: Record<string, [string, string]> = {
  "patients/index": ["/patients", "还没有就诊人"], "departments/index": ["/departments", "没有找到这个科室"], "doctors/index": ["/doctors", "没有找到医生"], "appointments/index": ["/appointments", "没有待就诊的挂号"], "queue/index": ["/tickets", "今天没有排队"],
  "reports/index": ["/reports", "还没有报告"], "bills/index": ["/bills", "没有要缴的费用"], "orders/index": ["/orders", "还没有缴费记录"], "inpatient/index": ["/admissions", "没有住院记录"], "tasks/index": ["/tasks", "没有要填的问卷"], "articles/index": ["/articles", "还没有文章"],
};
for (const [page, [path, said]] of Object.entries(lists)) {
  test(`[A8] ${page} says what to do when there is nothing`, async () => {
    stub.state.fail[`GET ${path}`] = { status: 200, data: { items: [], next: null } };
    expect((await open(page)).text()).toContain(said);
  });
  test(`[A8] ${page} offers to try again when the server fails`, async () => {
    stub.state.fail[`GET ${path}`] = { status: 503, data: { code: "unavailable", message: "医院系统正忙，请稍后再试", details: null } };
    const shownPage = await open(page);
    expect(shownPage.text()).toContain("医院系统正忙");
    delete stub.state.fail[`GET ${path}`];
    await shownPage.tap("重试");
    expect(shownPage.text()).toContain(shown[page][1]);
  });
}
