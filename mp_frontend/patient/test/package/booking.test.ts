// Registration in the built package: place, payment through WeChat, result, cancelling, session and repeated taps.
import { beforeEach, expect, test } from "vitest";
import { boot, forget, lastNav, open, phone, sleep } from "../mp";
import { makeStub, type Stub } from "../stub";

let stub: Stub;
beforeEach(() => {
  boot();
  forget();
  stub = makeStub();
  Object.assign(phone, { answer: (asked: any) => stub.reply(asked), pay: () => "ok", subscribe: () => "accept", confirm: true });
});
const PLACE = { clinic_id: "c-w01-0-am", slot_id: "s-c-w01-0-am-5" };
const posted = (path: RegExp) => stub.asked.filter((one) => one.method === "POST" && path.test(one.path));

test("[A9] from the department to a place: day, doctor, half hour", async () => {
  const days = await open("timetable/index", { department_id: "d01" });
  await days.tap("沈静安");
  expect(lastNav()).toEqual({ page: "booking/slots", query: { clinic_id: "c-w01-0-am" } });
  const places = await open("booking/slots", { clinic_id: "c-w01-0-am" });
  await places.tap("09:40");
  expect(lastNav()).toEqual({ page: "booking/confirm", query: PLACE });
});

test("[A9] a taken place cannot be chosen", async () => {
  const places = await open("booking/slots", { clinic_id: "c-w01-0-am" });
  const before = phone.nav.length;
  await places.tap("09:00已满");
  expect(phone.nav.length).toBe(before);
});

test("[A9] booking asks for reminders, holds the place, pays in WeChat, and is confirmed by the server", async () => {
  const confirm = await open("booking/confirm", PLACE);
  await confirm.tap("去支付 ¥50.00");
  await sleep(100);
  expect(phone.subscribed).toEqual([["tpl-1"]]);
  expect(posted(/^\/appointments$/)[0].data).toEqual({ slot_id: PLACE.slot_id, patient_id: "p1" });
  expect(posted(/^\/appointments$/)[0].header["Idempotency-Key"]).toMatch(/\w{8}/);
  expect(lastNav().page).toBe("booking/pay");

  const pay = await open("booking/pay", lastNav().query);
  expect(pay.text()).toMatch(/1[45]:\d\d/);
  await pay.tap("微信支付 ¥50.00");
  await sleep(100);
  expect(posted(/payment$/)[0].data).toEqual({ channel: "mini_program" });
  expect(phone.paid[0]).toMatchObject({ timeStamp: "1795567200", package: "prepay_id=wx1", signType: "RSA", paySign: "s" });
  expect(lastNav().page).toBe("booking/result");
  const result = await open("booking/result", lastNav().query);
  await result.says("挂号成功");
  pay.leave();
  result.leave();
});

test("[A9] closing WeChat's sheet keeps the place and lets the patient pay again", async () => {
  phone.pay = () => "cancel";
  const confirm = await open("booking/confirm", PLACE);
  await confirm.tap("去支付");
  await sleep(100);
  const pay = await open("booking/pay", lastNav().query);
  await pay.tap("微信支付");
  expect(pay.text()).toContain("您取消了支付");
  phone.pay = () => "ok";
  await pay.tap("微信支付");
  await sleep(100);
  expect(lastNav().page).toBe("booking/result");
  pay.leave();
});

test("[A9] a place taken by somebody else: the sentence of the server, and back to the times", async () => {
  stub.state.fail["POST /appointments"] = { status: 409, data: { code: "slot_taken", message: "这个号刚刚被约走了，请换一个时间", details: null } };
  const confirm = await open("booking/confirm", PLACE);
  await confirm.tap("去支付");
  await sleep(100);
  expect(confirm.text()).toContain("刚刚被约走");
  expect(confirm.text()).toContain("重新选时间");
});

test("[A9] a place that is gone when the page opens cannot be booked", async () => {
  const confirm = await open("booking/confirm", { ...PLACE, slot_id: "s-c-w01-0-am-4" });
  expect(confirm.text()).toContain("刚刚被别人约走了");
  expect(confirm.text()).not.toContain("去支付");
});

test("[A9] when no answer came, the next tap carries the same Idempotency-Key", async () => {
  let lost = true;
  phone.answer = (asked) => {
    if (asked.method === "POST" && asked.path === "/appointments" && lost) {
      lost = false;
      return Promise.reject(new Error("no network")) as never;
    }
    return stub.reply(asked);
  };
  const confirm = await open("booking/confirm", PLACE);
  await confirm.tap("去支付");
  await sleep(100);
  expect(confirm.text()).toContain("网络不通");
  await confirm.tap("去支付");
  await sleep(100);
  const keys = phone.asked.filter((one) => one.method === "POST" && one.path === "/appointments").map((one) => one.header["Idempotency-Key"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

test("[A9] a free place is confirmed without paying", async () => {
  const page = await open("booking/confirm", { clinic_id: "c-w05-2-am", slot_id: "s-c-w05-2-am-2" });
  expect(page.text()).toContain("免费");
  await page.tap("确认挂号");
  await sleep(100);
  expect(lastNav().page).toBe("booking/result");
});

test("[A9] an unpaid place whose time is over says so", async () => {
  const confirm = await open("booking/confirm", PLACE);
  await confirm.tap("去支付");
  await sleep(100);
  stub.state.appointments[0].hold_until = new Date(Date.now() - 1000).toISOString();
  const pay = await open("booking/pay", lastNav().query);
  expect(pay.text()).toContain("没有及时支付");
  pay.leave();
});

test("[A17] a booking is cancelled after a yes, and the refund is shown", async () => {
  const detail = await open("appointments/detail", { id: "a1" });
  await detail.tap("取消挂号");
  expect(detail.text()).toContain("已取消");
  expect(detail.text()).toContain("退款中");
});

test("[A12] a bill is paid in WeChat", async () => {
  const bill = await open("bills/detail", { id: "b1" });
  await bill.tap("微信支付 ¥84.20");
  await bill.says("支付成功");
  expect(stub.state.bills[0].status).toBe("paid");
});

test("[A13] a deposit is paid in WeChat, and a wrong amount is refused on the page", async () => {
  const page = await open("inpatient/deposit", {});
  await page.type(0, "abc");
  await page.tap("微信支付");
  expect(page.text()).toContain("请填写 1 元到 100000 元");
  await page.type(0, "1234.5");
  await page.tap("微信支付 ¥1234.50");
  await page.says("支付成功");
  expect(posted(/deposits$/)[0].data).toEqual({ amount_fen: 123450, channel: "mini_program" });
});

test("[A8] a session that has ended is opened again by wx.login, once, without asking the patient", async () => {
  await open("patients/index");
  stub.state.loggedIn = false;
  const page = await open("orders/index");
  await page.says("挂号费");
  expect(stub.asked.filter((one) => one.path === "/session/mini-program").length).toBeGreaterThan(0);
});
