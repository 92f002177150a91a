// The day of the visit in the built package: check-in, queue over a socket, report with trend, questionnaire.
import { beforeEach, expect, test, vi } from "vitest";
import { boot, forget, open, phone, sleep } from "../mp";
import { makeStub, type Stub } from "../stub";

let stub: Stub;
beforeEach(() => {
  boot();
  forget();
  stub = makeStub();
  Object.assign(phone, { answer: (asked: any) => stub.reply(asked), confirm: true });
});

test("[A9] checking in by the QR code at the nurse station", async () => {
  phone.scan = "https://wx.example/wechat/enter?to=%2Fh5%2Fpages%2Fcheck-in%2Findex%3Fstation%3Dstation.D01";
  const page = await open("check-in/index");
  await page.tap("扫诊区二维码");
  await page.says("签到成功");
  expect(stub.asked.find((one) => one.path === "/check-ins")?.data).toEqual({ station: "station.D01", appointment_id: "a1" });
});

test("[A9] a code that is none of ours is refused", async () => {
  phone.scan = "https://other.example/?x=1";
  const page = await open("check-in/index");
  await page.tap("扫诊区二维码");
  expect(page.text()).toContain("这不是签到二维码");
  expect(stub.asked.some((one) => one.path === "/check-ins")).toBe(false);
});

test("[A11] my number moves with what the socket says, and the socket carries the session", async () => {
  const page = await open("queue/index");
  const socket = phone.sockets[0];
  expect(socket.url).toMatch(/^wss?:\/\/.*\/api\/live$/);
  expect(socket.header.Authorization).toBe("Bearer tok");
  socket.on.open?.({});
  await sleep(80);
  expect(page.text()).toContain("实时更新中");
  socket.tell({ kind: "ticket", ticket: { ...stub.state.tickets[0], ahead: 1, calling_number: 11 } });
  await sleep(80);
  expect(page.text()).toContain("前面还有 1 人");
  expect(page.text()).toContain("快到您了");
  socket.tell({ kind: "ticket", ticket: { ...stub.state.tickets[0], status: "called", room: "307 诊室" } });
  await sleep(80);
  expect(page.text()).toContain("请到 307 诊室 就诊");
  page.leave();
  expect(socket.closed).toBe(true);
});

test("[A11] a broken socket says so, is opened again, and asks what was missed", async () => {
  vi.useRealTimers();
  const page = await open("queue/index");
  phone.sockets[0].on.open?.({});
  await sleep(50);
  phone.sockets[0].on.close?.({});
  await sleep(80);
  expect(page.text()).toContain("正在重新连接");
  stub.state.tickets[0].ahead = 0;
  await sleep(1200);
  expect(phone.sockets).toHaveLength(2);
  phone.sockets[1].on.open?.({});
  await sleep(80);
  expect(page.text()).toContain("下一位就是您");
  page.leave();
});

test("[A10] a report: flags in words, the trend as a picture without any foreign address", async () => {
  const page = await open("reports/detail", { id: "r1" });
  expect(page.text()).toContain("↓ 偏低");
  expect(page.text()).toContain("本报告仅对送检标本负责");
  const trend = page.of("link").find((one) => one.parentNode.textContent.includes("血红蛋白"));
  await page.fire(trend, "tap");
  await page.says("正常范围");
  expect(page.data()).toContain("data:image/svg+xml");
});

test("[A10] a held report shows where to fetch it and no result", async () => {
  const page = await open("reports/detail", { id: "r3" });
  expect(page.text()).toContain("需要当面领取");
  expect(page.text()).not.toContain("参考范围");
});

test("[A14] a questionnaire: hidden questions, faults by question, draft, answers", async () => {
  const page = await open("tasks/answer", { id: "t1" });
  expect(page.text()).not.toContain("哪里不舒服");
  await page.tap("提交");
  expect(page.text()).toContain("请选一个答案");
  expect(stub.asked.some((one) => one.path.endsWith("/answers"))).toBe(false);
  await page.tap("不舒服");
  expect(page.text()).toContain("哪里不舒服");
  await page.tap("气短");
  await page.fire(page.of("step").find((one) => one.textContent.trim() === "3"), "tap");
  await page.type(0, "500");
  expect(page.text()).toContain("请填写 50 到 260mmHg 之间的数");
  await page.type(0, "132");
  await page.fire(page.of("chip").find((one) => one.textContent.trim() === "是"), "tap");
  await sleep(1400);
  expect(stub.state.drafts.t1).toMatchObject({ feel: "bad", sys: 132 });
  await page.tap("家属代填");
  await page.tap("提交");
  await page.says("医生会看到您的回答");
  expect(page.text()).toContain("请马上到急诊");
  expect(stub.asked.find((one) => one.path === "/tasks/t1/answers")?.data).toEqual({
    answers: { feel: "bad", where: ["breath"], pain: 3, sys: 132, pills: true }, answered_by: "relative",
  });
});

test("[A14] a draft is there again when the page is opened again", async () => {
  stub.state.drafts.t1 = { feel: "good", pain: 2 };
  const page = await open("tasks/answer", { id: "t1" });
  expect(page.text()).toContain("已答 2 / 7 题");
});

test("[A14] body places, own words, units, a scale, a moment, a list, repetitions and photos are answered and sent", async () => {
  stub.state.tasks.push({ ...stub.state.tasks[0], id: "kinds" });
  const page = await open("tasks/answer", { id: "kinds" });
  const chip = (said: string) => page.of("chip").find((one) => one.textContent.trim() === said);
  await page.fire(chip("左膝盖"), "tap");
  await page.fire(chip("其他（自己写）"), "tap");
  await page.type(0, "邻居");
  await page.type(1, "一百");
  await page.fire(chip("斤"), "tap");
  await page.fire(page.of("nudge")[1], "tap");
  expect(page.text()).toContain("您选的是 1");
  const pickers = page.all("wx-picker");
  await page.fire(pickers[0], "change", { value: "2026-11-20" });
  await page.fire(pickers[2], "change", { value: 1 });
  await page.fire(page.of("button").find((one) => one.textContent.includes("添加：在吃的药")), "tap");
  await page.tap("拍照或选照片");
  await page.tap("提交");
  for (const said of ["请填写数字", "请把日期和时间都选上", "请填写这一题"]) expect(page.text()).toContain(said);
  await page.type(1, "125.5");
  await page.fire(page.all("wx-picker")[1], "change", { value: "21:30" });
  await page.type(2, "阿司匹林");
  await page.tap("提交");
  await page.says("医生会看到您的回答");
  expect(stub.asked.find((one) => one.path.endsWith("/photos"))?.data).toEqual({ file: "wxfile://a.jpg", name: "file" });
  expect(stub.state.answers.kinds).toEqual({
    hurts: ["left-knee"], carer: { other: "邻居" }, weight: { value: 125.5, unit: "jin" }, vas: 1, fall: "2026-11-20T21:30:00+08:00", edu: "high", drugs: [{ drug: "阿司匹林" }], wound: ["ph1"],
  });
});

test("[R17] the reply of the staff is read where the questions were answered", async () => {
  stub.state.tasks.push({ ...stub.state.tasks[0], id: "t8", status: "answered" });
  const page = await open("tasks/answer", { id: "t8" });
  expect(page.text()).toContain("医护人员的回复");
  expect(page.text()).toContain("请继续吃药，下周来复诊。");
});

test("[N17] large type is remembered on the server and shown at once", async () => {
  const page = await open("me/index");
  await page.fire(page.all("wx-switch")[0], "change", { value: true });
  expect(stub.state.large).toBe(true);
  expect(page.html()).toContain("--large");
});
