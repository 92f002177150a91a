// Patients in the built package: adding with checks while typing, choosing the active one, opening the records.
import { beforeEach, expect, test } from "vitest";
import { boot, forget, lastNav, open, phone } from "../mp";
import { makeStub, type Stub } from "../stub";

let stub: Stub;
beforeEach(() => {
  boot();
  forget();
  stub = makeStub();
  phone.answer = (asked) => stub.reply(asked);
});
const posted = (path: string) => stub.asked.filter((one) => one.method === "POST" && one.path === path);

test("[A16] an ID number is checked while it is typed, and gives birth and sex", async () => {
  const page = await open("patients/add");
  await page.type(1, "02");
  expect(page.text()).toContain("开头两位不对");
  await page.type(1, "110105194912310021");
  expect(page.text()).toContain("号码有一位不对");
  await page.type(1, "11010519491231002x");
  expect(page.text()).toContain("出生 1949-12-31，女");
});

test("[A16] nothing is sent while something is missing, and each question says what is wrong", async () => {
  const page = await open("patients/add");
  await page.tap("添加");
  for (const said of ["请填写姓名", "请填写证件号码", "手机号应该是 11 位数字", "请填写短信里的验证码", "需要您同意"]) expect(page.text()).toContain(said);
  expect(posted("/patients")).toHaveLength(0);
});

test("[A16] a parent is added with a phone code and both consents, then opens the records", async () => {
  const page = await open("patients/add");
  await page.tap("父母");
  await page.type(0, " 陈大山 ");
  await page.type(1, "11010519491231002X");
  await page.type(2, "+86 138 0013 8000");
  await page.tap("获取验证码");
  expect(posted("/phone-codes")[0].data).toEqual({ phone: "13800138000" });
  await page.says("秒后再发");
  await page.type(3, "123456");
  await page.tap("我同意：绑定就诊人");
  await page.tap("我同意：查看病历资料");
  await page.tap("添加");
  expect(posted("/patients")[0].data).toEqual({
    name: "陈大山", document: { kind: "id_card", number: "11010519491231002X" }, phone: "13800138000", phone_code: "123456", relation: "parent", consents: ["bind", "records"],
  });
  expect(lastNav()).toEqual({ page: "patients/open", query: { id: "p3" } });

  const opening = await open("patients/open", { id: "p3" });
  await opening.tap("发送验证码");
  expect(opening.text()).toContain("验证码已发到 138****8000");
  await opening.type(0, "000000");
  await opening.tap("确认开通");
  expect(opening.text()).toContain("验证码不对");
  await opening.type(0, "123456");
  await opening.tap("确认开通");
  expect(opening.text()).toContain("已经开通");
});

test("[A16] a child under 14 needs a guardian with proof", async () => {
  const page = await open("patients/add");
  await page.tap("子女");
  await page.type(0, "陈小月");
  await page.type(1, "110199201807120120");
  expect(page.text()).toContain("14 岁以下的孩子");
  await page.tap("添加");
  for (const said of ["请选择监护人", "请填写材料编号", "请确认您是孩子的监护人"]) expect(page.text()).toContain(said);
  await page.tap("陈桂兰");
  await page.tap("出生证明");
  await page.type(2, "B1100001");
  await page.tap("我是孩子的监护人");
  await page.type(3, "13800138000");
  await page.type(4, "123456");
  await page.tap("我同意：绑定就诊人");
  await page.tap("我同意：查看病历资料");
  await page.tap("添加");
  expect(posted("/patients")[0].data.guardian).toEqual({ patient_id: "p1", proof_kind: "birth_certificate", proof_number: "B1100001", declared: true });
});

test("[A16] exactly one patient is active: choosing another asks the server", async () => {
  const page = await open("patients/index");
  await page.tap("设为当前就诊人");
  expect(stub.state.patients.map((one) => one.active)).toEqual([false, true]);
  expect(phone.toasts).toContain("已换成 陈小满");
});

test("[A16] without consent to the records nothing is sent before the patient agrees", async () => {
  stub.state.consents.forEach((one) => (one.granted = one.purpose !== "records"));
  const page = await open("patients/open", { id: "p2" });
  expect(page.text()).not.toContain("发送验证码");
  await page.tap("我同意，继续");
  expect(stub.state.consents.find((one) => one.purpose === "records")?.granted).toBe(true);
  expect(page.text()).toContain("发送验证码");
});

test("[A16] at the desk: the number to show is large on the page", async () => {
  const page = await open("patients/open", { id: "p2" });
  await page.tap("获取窗口办理号");
  expect(page.text()).toContain("204815");
});

test("[A16] a patient is removed only after a yes", async () => {
  phone.confirm = false;
  const page = await open("patients/detail", { id: "p2" });
  await page.tap("删除这个就诊人");
  expect(stub.state.patients).toHaveLength(2);
  phone.confirm = true;
  await page.tap("删除这个就诊人");
  expect(stub.state.patients).toHaveLength(1);
});
