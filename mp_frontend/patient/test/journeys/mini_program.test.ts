// The story of a mini-program patient against a real server: bind, book, pay, remind, look, answer. Needs SUIZHEN_BASE.
import { beforeAll, describe, expect, test } from "vitest";
import type { Appointment, Clinic } from "../../../api/types";
import { boot, forget, lastNav, open, overHttp, phone, sleep } from "../mp";
import { BASE, newPerson, smsCode, staff, type Person } from "./world";

const DOCTOR = { id: process.env.SUIZHEN_DOCTOR_ID ?? "cardiology-2", username: process.env.SUIZHEN_DOCTOR ?? "doctor01", password: process.env.SUIZHEN_DOCTOR_PASSWORD ?? "suizhen-demo-1" };
let person: Person;
let booked = "";
const sent = (method: string, path: RegExp) => phone.asked.filter((one) => one.method === method && path.test(one.path));

describe.skipIf(!BASE)("the mini-program on a real server", () => {
  beforeAll(async () => {
    boot(BASE);
    forget();
    person = await newPerson();
  });

  test("[A8] wx.login opens a session by itself", async () => {
    const home = await open("home/index");
    await home.says("还没有就诊人");
    expect(sent("POST", /session\/mini-program/)).toHaveLength(1);
    home.leave();
  });

  test("[A16] a wrong code binds nobody", async () => {
    const page = await open("patients/add");
    await fill(page, "000000");
    await page.says("验证码", 8000);
    await sleep(500);
    expect(phone.nav.some((url) => url.includes("patients/open"))).toBe(false);
    page.leave();
  });

  test("[A16] a new patient is bound with the code on the phone, and the records are open", async () => {
    const page = await open("patients/add");
    await page.type(2, person.phone);
    await page.tap("获取验证码");
    await page.says("秒后再发");
    await fill(page, await smsCode(person));
    await navigated("patients/open", page.text);
    // The code came to the phone that the hospital holds for this person: nothing more is asked.
    const opening = await open("patients/open", lastNav().query);
    await opening.says("已经开通", 8000);
    page.leave();
    opening.leave();
  });

  test("[A9] booking with payment: pop-up, hold, WeChat Pay, confirmed", async () => {
    const clinic = await freeClinic();
    const places = await open("booking/slots", { clinic_id: clinic.id });
    await places.says("第", 8000);
    await places.fire(places.of("slot").find((one) => !one.textContent.includes("已满")), "tap");
    expect(lastNav().page).toBe("booking/confirm");

    const confirm = await open("booking/confirm", lastNav().query);
    await confirm.says(person.name, 8000);
    await confirm.tap("去支付");
    await navigated("booking/pay", confirm.text);
    booked = lastNav().query.id;
    const pay = await open("booking/pay", lastNav().query);
    await pay.says("请在时间内完成支付", 8000);
    await pay.tap("微信支付");
    await navigated("booking/result", pay.text);
    expect(phone.paid).toHaveLength(1);
    const result = await open("booking/result", lastNav().query);
    await result.says("挂号成功", 30_000);
    for (const one of [places, confirm, pay, result]) one.leave();
  });

  test("[A17] the booking stands in my records, and the money under what I paid", async () => {
    const records = await open("appointments/index");
    await records.says("已预约", 8000);
    const orders = await open("orders/index");
    await orders.says("已支付", 8000);
    records.leave();
    orders.leave();
  });

  test("[A9] the same place cannot be taken twice", async () => {
    const mine = (await api<Appointment>("GET", `/api/appointments/${booked}`)).data;
    const places = (await api<{ items: { id: string; starts_at: string; free: boolean }[] }>("GET", `/api/clinics/${mine.clinic_id}/slots`)).data.items;
    const taken = places.find((one) => one.starts_at === mine.starts_at && !one.free);
    const again = await api("POST", "/api/appointments", { slot_id: taken?.id, patient_id: mine.patient_id });
    expect(again.status).toBe(409);
  });

  test("[A11] connectSocket: the server says hello to this session and refuses a false one", async () => {
    const heard: string[] = [];
    const task = (globalThis as any).wx.connectSocket({ url: "wss://suizhen.example/api/live", header: { Authorization: `Bearer ${token()}` } });
    task.onMessage((message: { data: string }) => heard.push(message.data));
    for (let tries = 0; tries < 50 && !heard.length; tries++) await sleep(100);
    expect(JSON.parse(heard[0]).kind).toBe("hello");
    task.close();
    let refused = false;
    const stranger = (globalThis as any).wx.connectSocket({ url: "wss://suizhen.example/api/live", header: { Authorization: "Bearer false" } });
    stranger.onClose(() => (refused = true));
    for (let tries = 0; tries < 50 && !refused; tries++) await sleep(100);
    expect(refused).toBe(true);
  });

  test("[A14] the doctor sends a follow-up, the patient answers it on the phone, the doctor reads it", async () => {
    const console_ = await staff(DOCTOR.username, DOCTOR.password);
    const { items: forms } = await console_<{ items: { id: string; kind: string; title: string }[] }>("GET", "/api/staff/questionnaires");
    const form = forms.find((one) => one.id.includes("discharge")) ?? forms[0];
    const mine = (await api<Appointment>("GET", `/api/appointments/${booked}`)).data;
    const { created } = await console_<{ created: string[] }>("POST", "/api/staff/followups", { questionnaire_id: form.id, patient_ids: [mine.patient_id], due_at: null, note: null });
    expect(created).toHaveLength(1);

    let tasks = await open("tasks/index");
    for (let tries = 0; tries < 20 && !tasks.text().includes("待填写随访"); tries++) {
      await sleep(500);
      if (tasks.of("card").length && tasks.text().includes("来自")) break;
      tasks.leave();
      tasks = await open("tasks/index");
    }
    await tasks.tap("来自");
    expect(lastNav().page).toBe("tasks/answer");
    const page = await open("tasks/answer", lastNav().query);
    await page.says("提交", 8000);
    await answerAll(page);
    await page.says("谢谢", 10_000);
    const read = await console_<{ answers: unknown[] }>("GET", `/api/staff/followups/${created[0]}`);
    expect(read.answers.length).toBeGreaterThan(0);
    tasks.leave();
    page.leave();
  });

  test("[A17] cancelling gives the money back", async () => {
    const detail = await open("appointments/detail", { id: booked });
    await detail.says("取消挂号", 8000);
    await detail.tap("取消挂号");
    await detail.says("已取消", 10_000);
    const orders = await open("orders/index");
    for (let tries = 0; tries < 40 && !orders.text().includes("已退"); tries++) {
      await sleep(500);
      await orders.show();
    }
    expect(orders.text()).toContain("已退");
    detail.leave();
    orders.leave();
  });
});

type Page = Awaited<ReturnType<typeof open>>;

async function fill(page: Page, code: string): Promise<void> {
  await page.type(0, person.name);
  await page.type(1, person.document);
  await page.type(2, person.phone);
  await page.type(3, code);
  for (const chip of page.of("chip").filter((one) => one.textContent.startsWith("我同意"))) await page.fire(chip, "tap");
  await page.tap("添加");
}

async function navigated(page: string, text: () => string): Promise<void> {
  for (let tries = 0; tries < 300 && lastNav().page !== page; tries++) await sleep(100);
  if (lastNav().page !== page) throw new Error(`${page} did not open: ${text().slice(-400)}`);
}

const token = () => (globalThis as any).wx.getStorageSync("sz_token") as string;
const api = <T>(method: string, path: string, data?: object) =>
  overHttp(BASE, { method, path, data, header: { Authorization: `Bearer ${token()}` } }) as unknown as Promise<{ status: number; data: T }>;

/** A clinic of our doctor with a fee and places left, tomorrow or later. */
async function freeClinic(): Promise<Clinic> {
  const me = (await api<{ now: string }>("GET", "/api/me")).data;
  const { items } = (await api<{ items: Clinic[] }>("GET", `/api/clinics?doctor_id=${DOCTOR.id}&from_on=${me.now.slice(0, 10)}&days=14`)).data;
  const found = items.find((one) => one.status === "open" && one.fee_fen > 0 && one.on > me.now.slice(0, 10));
  if (!found) throw new Error("no clinic with places: " + JSON.stringify(items.slice(0, 3)));
  return found;
}

/** Answers every question that is asked, whatever its kind, until the form is accepted. */
async function answerAll(page: Page): Promise<void> {
  for (let round = 0; round < 8 && !page.text().includes("谢谢"); round++) {
    for (const question of page.of("question")) {
      const within = (name: string) => page.of(name).filter((one) => question.contains(one));
      const chips = within("chip");
      const steps = within("step");
      const input = [...question.querySelectorAll("wx-input, wx-textarea")][0];
      const chosen = [...chips, ...steps].some((one) => [...one.classList].some((each: string) => each.endsWith("--on")));
      if (chips.length && !chosen) await page.fire(chips[0], "tap");
      else if (steps.length && !chosen) await page.fire(steps[Math.min(1, steps.length - 1)], "tap");
      else if (input && question.textContent.includes("必答")) await page.fire(input, "input", { value: numberFor(question.textContent) });
    }
    await page.tap("提交");
    await sleep(800);
  }
}
function numberFor(text: string): string {
  const range = /请填写 (\d+) 到/.exec(text);
  return range ? range[1] : "36";
}
