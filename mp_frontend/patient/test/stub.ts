// A small hospital that answers as the server does, for tests of the built package. All people are invented samples.
import type * as A from "../../api/types";

export interface Asked { method: string; path: string; query: Record<string, string>; data: any; header: Record<string, string> }
export interface Said { status: number; data: unknown }

const NOW = Date.parse("2026-11-25T08:40:00+08:00");
export const nowText = (): string => iso(NOW);
const iso = (at: number): string => new Date(at + 8 * 3_600_000).toISOString().slice(0, 19) + "+08:00";
const inMinutes = (minutes: number): string => iso(NOW + minutes * 60_000);
const onDay = (days: number, clock = "00:00"): string => iso(Date.parse(`${iso(NOW + days * 86_400_000).slice(0, 10)}T${clock}:00+08:00`));
const ok = (data: unknown, status = 200): Said => ({ status, data });
const no = (status: number, code: string, message: string): Said => ({ status, data: { code, message, details: null } });

const departments: A.Department[] = [
  ["d01", "心血管内科", "高血压、冠心病、心律失常、心力衰竭的诊治。", "门诊楼 3 层东侧", "3层", 5], ["d02", "儿科", "14 岁以下儿童的常见病、生长发育和预防接种咨询。", "门诊楼 2 层西侧", "2层", 6],
  ["d03", "内分泌科", "糖尿病、甲状腺疾病、痛风。", "门诊楼 3 层西侧", "3层", 4], ["d04", "骨科", "骨折、关节、脊柱疾病。", "门诊楼 1 层东侧", "1层", 5],
  ["d05", "妇产科", "孕期检查、妇科常见病。", "门诊楼 4 层", "4层", 6], ["d06", "眼科", "白内障、青光眼、近视。", "门诊楼 4 层东侧", "4层", 3],
  ["d07", "急诊科", "24 小时急诊。", "急诊楼 1 层", "1层", 8],
].map(([id, name, intro, location, floor, doctor_count]) => ({ id, name, intro, location, floor, doctor_count }) as A.Department);

const doctors: A.Doctor[] = [
  ["w01", "沈静安", "主任医师", "d01", "高血压、冠心病的长期管理", 5000], ["w02", "陆明远", "副主任医师", "d01", "心律失常、起搏器随访", 3000], ["w03", "许书宁", "主治医师", "d01", "心力衰竭、术后随访", 1500],
  ["w04", "顾晓棠", "主任医师", "d02", "儿童哮喘、过敏性疾病", 5000], ["w05", "方予安", "主治医师", "d02", "儿童常见病", 0],
].map(([id, name, title, department_id, speciality, fee_fen]) => ({
  id, name, title, department_id, department_name: departments.find((one) => one.id === department_id)!.name, speciality, fee_fen,
  intro: `从事临床工作二十余年，擅长${speciality}。看病耐心，讲解清楚。`,
}) as A.Doctor);

const clinics: A.Clinic[] = doctors.flatMap((doctor, at) =>
  [0, 1, 2, 3, 5, 6, 8, 9].filter((day) => (day + at) % 3 !== 2).flatMap((day) => (["am", "pm"] as const).filter((half) => half === "am" || (at + day) % 2 === 0).map((half) => {
    const free = (at + day) % 5 === 4 ? 0 : 6 + ((at * 3 + day * 2) % 7);
    const status = at === 2 && day === 3 ? "stopped" : free ? "open" : "full";
    return {
      id: `c-${doctor.id}-${day}-${half}`, doctor_id: doctor.id, doctor_name: doctor.name, doctor_title: doctor.title, department_id: doctor.department_id, department_name: doctor.department_name,
      on: onDay(day).slice(0, 10), half, starts_at: onDay(day, half === "am" ? "09:00" : "14:00"), ends_at: onDay(day, half === "am" ? "11:30" : "16:30"), fee_fen: doctor.fee_fen, free, total: 15, status,
      location: departments.find((one) => one.id === doctor.department_id)!.location + " 305 诊室",
    } as A.Clinic;
  })));

function slotsOf(clinic: A.Clinic): A.Slot[] {
  const start = Date.parse(clinic.starts_at);
  return Array.from({ length: clinic.total }, (_, i) => ({
    id: `s-${clinic.id}-${i + 1}`, number: i + 1, starts_at: iso(start + i * 600_000), ends_at: iso(start + (i + 1) * 600_000), free: i % 3 !== 0 && clinic.free > 0,
  }));
}

const cbc: A.ReportLine[] = [
  ["WBC", "白细胞", "6.82", "10^9/L", "3.50-9.50", null], ["RBC", "红细胞", "3.62", "10^12/L", "3.80-5.10", "L"], ["HGB", "血红蛋白", "108", "g/L", "115-150", "L"],
  ["PLT", "血小板", "358", "10^9/L", "125-350", "H"], ["NEUT", "中性粒细胞百分比", "62.4", "%", "40.0-75.0", null], ["LYMPH", "淋巴细胞百分比", "28.1", "%", "20.0-50.0", null],
].map(([code, name, value, unit, range_text, flag]) => ({ code, name, value, unit, range_text, flag, has_trend: code !== "RBC" }) as A.ReportLine);

const billItems: A.BillItem[] = [
  { name: "血常规（五分类）", spec: "静脉血", quantity: "1", unit: "次", unit_price_fen: 2200, amount_fen: 2200, category: "检验费" },
  { name: "苯磺酸氨氯地平片", spec: "5mg×28片", quantity: "2", unit: "盒", unit_price_fen: 1860, amount_fen: 3720, category: "西药费" },
  { name: "心电图", spec: "十二导联", quantity: "1", unit: "次", unit_price_fen: 2500, amount_fen: 2500, category: "检查费" },
];

const forms: Record<string, A.Form> = {
  t1: {
    questionnaire_id: "q1", version: "1", title: "出院第 7 天随访", intro: "您好，医生想了解您出院后恢复得怎么样。大约需要 2 分钟。", items: [
      { link_id: "g1", text: "身体情况", type: "group", items: [
        { link_id: "feel", text: "这几天感觉怎么样？", type: "choice", required: true, options: [{ value: "good", label: "很好" }, { value: "fair", label: "一般" }, { value: "bad", label: "不舒服" }] },
        { link_id: "where", text: "哪里不舒服？", type: "multi", required: true, enable_when: [{ question: "feel", operator: "=", answer: "bad" }], options: [{ value: "chest", label: "胸口痛" }, { value: "breath", label: "气短" }, { value: "swell", label: "腿肿" }, { value: "other", label: "其他" }] },
        { link_id: "pain", text: "疼痛有多重？0 是不痛，10 是最痛", type: "slider", required: true, min: 0, max: 10, step: 1 },
        { link_id: "sys", text: "今天早上量的高压", type: "integer", unit: "mmHg", min: 50, max: 260 },
        { link_id: "temp", text: "体温", type: "decimal", unit: "℃", min: 34, max: 43 },
      ] },
      { link_id: "g2", text: "用药和复诊", type: "group", items: [
        { link_id: "tip", text: "请对照出院时医生给的用药单回答。", type: "display" },
        { link_id: "pills", text: "按时吃药了吗？", type: "boolean", required: true },
        { link_id: "why", text: "没有按时吃药的原因", type: "string", max_length: 50, enable_when: [{ question: "pills", operator: "=", answer: false }] },
        { link_id: "visit", text: "打算哪天复诊？", type: "date" },
        { link_id: "words", text: "还有什么想告诉医生？", type: "text", max_length: 300 },
      ] },
    ],
  },
  kinds: {
    questionnaire_id: "q2", version: "1", title: "其他题型", intro: "", items: [
      { link_id: "hurts", text: "哪里疼？", type: "body_site", most: 2, options: [{ value: "head", label: "头" }, { value: "left-knee", label: "左膝盖" }] },
      { link_id: "carer", text: "谁照顾您？", type: "open_choice", options: [{ value: "self", label: "自己" }] },
      { link_id: "weight", text: "体重", type: "quantity", units: [{ value: "kg", label: "公斤" }, { value: "jin", label: "斤" }] },
      { link_id: "vas", text: "今天的健康打几分？", type: "slider", min: 0, max: 100, step: 1, low_text: "最差", high_text: "最好" },
      { link_id: "fall", text: "上次摔倒是什么时候？", type: "datetime" },
      { link_id: "edu", text: "文化程度", type: "dropdown", options: [{ value: "low", label: "小学" }, { value: "high", label: "大学" }] },
      { link_id: "drugs", text: "在吃的药", type: "group", repeats: true, most: 2, items: [{ link_id: "drug", text: "药名", type: "string", required: true }] },
      { link_id: "wound", text: "拍一张伤口", type: "photo", most: 2 },
    ],
  },
};

export interface Stub { reply(asked: Asked): Said; asked: Asked[]; state: State }
interface State {
  loggedIn: boolean; large: boolean; patients: A.Patient[]; appointments: A.Appointment[]; orders: A.Order[]; bills: A.Bill[]; tickets: A.Ticket[]; tasks: A.Task[];
  drafts: Record<string, A.Answers>; consents: A.Consent[]; admissions: A.Admission[]; answers: Record<string, A.Answers>; fail: Record<string, Said>;
}

const patient = (id: string, name: string, over: Partial<A.Patient> = {}): A.Patient => ({
  id, name, relation: "self", sex: "female", birth_on: "1958-03-12", age_text: "68岁", document_masked: "1101**********002X", phone_masked: "138****8000",
  cards: [{ id: "k1", kind: "outpatient", number_masked: "MZ****1024" }], active: false, records_open: true, opening: "open", minor: false, desk_number: null, ...over,
});
const ticket = (over: Partial<A.Ticket> = {}): A.Ticket => ({
  id: "k01", appointment_id: "a1", patient_id: "p1", patient_name: "陈桂兰", number: 12, status: "waiting", room: "305 诊室", doctor_name: "沈静安", department_name: "心血管内科", ahead: 3, position: 4,
  expected_at: inMinutes(30), expected_minutes: 30, calling_number: 8, checked_in_at: inMinutes(-10), ...over,
});

function appointmentOf(clinic: A.Clinic, slot: A.Slot, who: A.Patient, id: string, status: A.AppointmentStatus): A.Appointment {
  return {
    id, number: "YY20261125" + id.toUpperCase().padStart(4, "0"), place_number: slot.number, status, patient_id: who.id, patient_name: who.name, doctor_id: clinic.doctor_id, doctor_name: clinic.doctor_name,
    department_id: clinic.department_id, department_name: clinic.department_name, location: clinic.location, clinic_id: clinic.id, starts_at: slot.starts_at, ends_at: slot.ends_at, fee_fen: clinic.fee_fen,
    hold_until: status === "held" ? new Date(Date.now() + 15 * 60_000).toISOString() : null, order_id: null, order_status: null, can_cancel: status === "held" || status === "confirmed",
    cancel_until: onDay(0, "23:00"), can_check_in: status === "confirmed" && clinic.on === onDay(0).slice(0, 10), his_status: status === "confirmed" ? "written" : "none", note: "",
  };
}

export function makeStub(): Stub {
  const own = patient("p1", "陈桂兰", { active: true });
  const today = clinics[0];
  const state: State = {
    loggedIn: true, large: false, patients: [own, patient("p2", "陈小满", { relation: "child", sex: "male", birth_on: "2019-06-01", age_text: "7岁", minor: true, records_open: false, opening: "none", cards: [] })],
    appointments: [
      { ...appointmentOf(today, slotsOf(today)[4], own, "a1", "confirmed"), order_status: "paid", order_id: "o1" },
      { ...appointmentOf(clinics[4], slotsOf(clinics[4])[1], own, "a2", "cancelled"), order_status: "refunded", order_id: "o2" },
    ],
    orders: [
      { id: "o1", out_trade_no: "SZ20261124000001", kind: "appointment", subject_id: "a1", title: "心血管内科 沈静安 挂号费", patient_name: "陈桂兰", amount_fen: 5000, refunded_fen: 0, status: "paid", created_at: inMinutes(-1000), paid_at: inMinutes(-999) },
      { id: "o2", out_trade_no: "SZ20261120000007", kind: "appointment", subject_id: "a2", title: "心血管内科 陆明远 挂号费", patient_name: "陈桂兰", amount_fen: 3000, refunded_fen: 3000, status: "refunded", created_at: inMinutes(-6000), paid_at: inMinutes(-5999) },
    ],
    bills: [
      { id: "b1", patient_id: "p1", patient_name: "陈桂兰", department_name: "心血管内科", doctor_name: "沈静安", issued_at: inMinutes(-20), total_fen: 8420, status: "unpaid", items: billItems },
      { id: "b2", patient_id: "p1", patient_name: "陈桂兰", department_name: "内分泌科", doctor_name: "何清", issued_at: inMinutes(-40000), total_fen: 2200, status: "paid", items: billItems.slice(0, 1) },
    ],
    tickets: [ticket()],
    tasks: [
      { id: "t1", kind: "followup", title: "出院第 7 天随访", from_text: "心血管内科 沈静安 医生", patient_id: "p1", patient_name: "陈桂兰", due_at: inMinutes(-60), expires_at: onDay(3, "20:00"), status: "open", answered_at: null },
      { id: "t2", kind: "satisfaction", title: "门诊满意度调查", from_text: "门诊服务台", patient_id: "p1", patient_name: "陈桂兰", due_at: inMinutes(-60000), expires_at: inMinutes(-40000), status: "answered", answered_at: inMinutes(-50000) },
    ],
    drafts: {}, answers: {}, fail: {},
    consents: [
      { purpose: "bind", title: "绑定就诊人", text: "为了给您预约挂号和核对身份，医院需要保存就诊人的姓名、证件号码和手机号。\n这些信息加密保存，只用于本院的就诊服务，不会提供给他人。您可以随时删除就诊人或收回同意。", version: "1", granted: true, granted_at: inMinutes(-9000) },
      { purpose: "records", title: "查看病历资料", text: "核对身份后，您可以在微信中查看就诊人的检验检查报告、账单和住院信息。\n每次查看都会记录。您可以随时收回同意。", version: "1", granted: true, granted_at: inMinutes(-9000) },
      { purpose: "notify", title: "接收医院的通知", text: "就诊提醒等通过微信告诉您。通知里不写检查结果。", version: "1", granted: false, granted_at: null },
    ],
    admissions: [{ id: "h1", patient_id: "p1", patient_name: "陈桂兰", number_masked: "ZY****0316", department_name: "心血管内科", ward: "心内一病区", bed: "12 床", admitted_on: onDay(-3).slice(0, 10), discharged_on: null, deposit_fen: 500000, spent_fen: 412350, balance_fen: 87650, status: "in" }],
  };
  const active = () => state.patients.find((one) => one.active) ?? null;
  const me = (): A.Me => ({ account_id: "acc1", followed: true, active_patient: active(), now: nowText(), hospital: { name: "随诊示范医院", phone: "010-5550 0100" }, preferences: { large_type: state.large }, links: {} });
  const prepay = (kind: A.Order["kind"], subject_id: string, title: string, amount_fen: number): A.Prepay => {
    const order: A.Order = { id: `o${state.orders.length + 1}`, out_trade_no: `SZ2026112500000${state.orders.length}`, kind, subject_id, title, patient_name: "陈桂兰", amount_fen, refunded_fen: 0, status: "prepaid", created_at: nowText(), paid_at: null };
    state.orders.unshift(order);
    return { order_id: order.id, params: { appId: "wx0000000000000001", timeStamp: "1795567200", nonceStr: "n", package: "prepay_id=wx1", signType: "RSA", paySign: "s" } };
  };
  const find = <T extends { id: string }>(all: T[], id: string) => all.find((one) => one.id === id);
  /** The order's money has come: what hangs on it moves on. */
  const settle = (order: A.Order) => {
    Object.assign(order, { status: "paid", paid_at: nowText() });
    const appointment = find(state.appointments, order.subject_id);
    if (appointment) Object.assign(appointment, { status: "confirmed", order_status: "paid", order_id: order.id, hold_until: null, his_status: "written" });
    const bill = find(state.bills, order.subject_id);
    if (bill) bill.status = "paid";
  };

  const routes: [string, RegExp, (asked: Asked, ...ids: string[]) => Said][] = [
    ["POST", /^\/session\/mini-program$/, () => ((state.loggedIn = true), ok({ token: "tok" }))],
    ["GET", /^\/me$/, () => ok(me())],
    ["PUT", /^\/me\/preferences$/, (q) => ((state.large = q.data.large_type), ok("", 204))],
    ["DELETE", /^\/session$/, () => ok("", 204)],
    ["GET", /^\/patients$/, () => ok({ items: state.patients })],
    ["POST", /^\/phone-codes$/, () => ok({ expires_in_s: 300, resend_in_s: 60 }, 202)],
    ["POST", /^\/patients$/, (q) => {
      if (q.data.phone_code !== "123456") return no(400, "wrong_code", "验证码不对，请看最新的短信");
      const made = patient(`p${state.patients.length + 1}`, q.data.name, { relation: q.data.relation, records_open: false, opening: "none", cards: [], active: !state.patients.length });
      state.patients.push(made);
      return ok(made, 201);
    }],
    ["POST", /^\/patients\/(\w+)\/opening$/, () => ok({ sent_to: "138****8000", expires_in_s: 300, resend_in_s: 60 }, 202)],
    ["PUT", /^\/patients\/(\w+)\/opening$/, (q, id) => (q.data.code === "123456" ? ok(Object.assign(find(state.patients, id)!, { records_open: true, opening: "open" })) : no(400, "wrong_code", "验证码不对，请看最新的短信"))],
    ["POST", /^\/patients\/(\w+)\/desk-opening$/, (_q, id) => ok(Object.assign(find(state.patients, id)!, { opening: "desk_pending", desk_number: "204815" }))],
    ["POST", /^\/patients\/(\w+)\/cards$/, (_q, id) => { const one = find(state.patients, id)!; one.cards.push({ id: "k9", kind: "outpatient", number_masked: "MZ****7788" }); return ok(one); }],
    ["DELETE", /^\/patients\/(\w+)\/cards\/(\w+)$/, (_q, id, card) => { const one = find(state.patients, id)!; one.cards = one.cards.filter((each) => each.id !== card); return ok(one); }],
    ["PUT", /^\/patients\/(\w+)\/active$/, (_q, id) => { state.patients.forEach((one) => (one.active = one.id === id)); return ok(active()); }],
    ["DELETE", /^\/patients\/(\w+)$/, (_q, id) => ((state.patients = state.patients.filter((one) => one.id !== id)), ok("", 204))],
    ["GET", /^\/consents$/, () => ok({ items: state.consents })],
    ["PUT", /^\/consents\/(\w+)$/, (q, purpose) => { const one = state.consents.find((each) => each.purpose === purpose)!; Object.assign(one, { granted: q.data.granted, granted_at: q.data.granted ? nowText() : null }); return ok("", 204); }],
    ["GET", /^\/subscription-templates$/, (q) => ok({ items: [{ key: q.query.scene, template_id: "tpl-1", title: "就诊提醒" }] })],
    ["GET", /^\/hospital$/, () => ok({ name: "随诊示范医院", intro: "一所虚构的综合医院，用来演示随诊系统。开放床位 800 张，设 20 个临床科室。", phone: "010-5550 0100", address: "示范市和平路 1 号", is_demo: true })],
    ["GET", /^\/departments$/, () => ok({ items: departments })],
    ["GET", /^\/departments\/(\w+)$/, (_q, id) => ok(find(departments, id))],
    ["GET", /^\/doctors$/, (q) => ok({ items: doctors.filter((one) => (!q.query.department_id || one.department_id === q.query.department_id) && (!q.query.q || one.name.includes(q.query.q))) })],
    ["GET", /^\/doctors\/(\w+)$/, (_q, id) => ok(find(doctors, id))],
    ["GET", /^\/clinics$/, (q) => ok({ items: clinics.filter((one) => (!q.query.department_id || one.department_id === q.query.department_id) && (!q.query.doctor_id || one.doctor_id === q.query.doctor_id)) })],
    ["GET", /^\/clinics\/([\w-]+)\/slots$/, (_q, id) => { const clinic = find(clinics, id)!; return ok({ clinic, items: slotsOf(clinic) }); }],
    ["POST", /^\/appointments$/, (q) => {
      const clinic = clinics.find((one) => q.data.slot_id.startsWith(`s-${one.id}-`))!;
      const made = appointmentOf(clinic, find(slotsOf(clinic), q.data.slot_id)!, find(state.patients, q.data.patient_id)!, `a${state.appointments.length + 1}`, clinic.fee_fen ? "held" : "confirmed");
      state.appointments.unshift(made);
      return ok(made, 201);
    }],
    ["GET", /^\/appointments$/, (q) => ok({ items: state.appointments.filter((one) => ["held", "confirmed", "checked_in"].includes(one.status) === (q.query.when === "upcoming")) })],
    ["GET", /^\/appointments\/(\w+)$/, (_q, id) => ok(find(state.appointments, id))],
    ["DELETE", /^\/appointments\/(\w+)$/, (_q, id) => ok(Object.assign(find(state.appointments, id)!, { status: "cancelled", can_cancel: false, order_status: "refunding" }))],
    ["POST", /^\/appointments\/(\w+)\/payment$/, (_q, id) => { const one = find(state.appointments, id)!; return ok(prepay("appointment", id, `${one.department_name} ${one.doctor_name} 挂号费`, one.fee_fen)); }],
    ["GET", /^\/orders$/, () => ok({ items: state.orders })],
    ["GET", /^\/orders\/(\w+)$/, (q, id) => { const order = find(state.orders, id)!; if (q.query.refresh && order.status === "prepaid") settle(order); return ok(order); }],
    ["GET", /^\/bills$/, (q) => ok({ items: state.bills.filter((one) => (one.status === "paid") === (q.query.status === "paid")) })],
    ["GET", /^\/bills\/(\w+)$/, (_q, id) => ok(find(state.bills, id))],
    ["POST", /^\/bills\/(\w+)\/payment$/, (_q, id) => ok(prepay("bill", id, "门诊费用", find(state.bills, id)!.total_fen))],
    ["GET", /^\/admissions$/, () => ok({ items: state.admissions })],
    ["GET", /^\/admissions\/(\w+)\/daily-lists$/, () => ok({ items: [{ on: onDay(-1).slice(0, 10), total_fen: 8420, items: billItems }, { on: onDay(-2).slice(0, 10), total_fen: 6220, items: billItems.slice(1) }] })],
    ["POST", /^\/admissions\/(\w+)\/deposits$/, (q, id) => ok(prepay("deposit", id, "住院预交金", q.data.amount_fen))],
    ["POST", /^\/check-ins$/, (q) => {
      if (!q.data.station) return no(400, "invalid", "请扫护士站的二维码");
      const one = find(state.appointments, q.data.appointment_id ?? "a1")!;
      Object.assign(one, { status: "checked_in", can_check_in: false, can_cancel: false });
      return ok(state.tickets[0], 201);
    }],
    ["GET", /^\/tickets$/, () => ok({ items: state.tickets })],
    ["GET", /^\/reports$/, () => ok({ items: [
      { id: "r1", title: "血常规", kind: "lab", department_name: "心血管内科", reported_at: inMinutes(-15), status: "final", abnormal_count: 3, held: false, held_text: null },
      { id: "r2", title: "胸部 X 线", kind: "imaging", department_name: "心血管内科", reported_at: inMinutes(-3000), status: "corrected", abnormal_count: null, held: false, held_text: null },
      { id: "r3", title: "检验报告", kind: "lab", department_name: "内分泌科", reported_at: inMinutes(-5000), status: "final", abnormal_count: null, held: true, held_text: "请带证件到门诊 2 层检验科领取，或联系您的医生。" },
    ] satisfies A.ReportSummary[] })],
    ["GET", /^\/reports\/(\w+)$/, (_q, id) => id === "r3" ? no(403, "report_held", "这份报告请带证件到医院领取，由医生当面为您说明。") : ok({
      id, title: id === "r2" ? "胸部 X 线" : "血常规", kind: id === "r2" ? "imaging" : "lab", department_name: "心血管内科", reported_at: inMinutes(-15), status: id === "r2" ? "corrected" : "final",
      patient_name: "陈桂兰", sex: "female", age_text: "68岁", visit_number_masked: "MZ****1024", laboratory: "检验科", specimen: "静脉全血", requested_at: inMinutes(-90), collected_at: inMinutes(-80), received_at: inMinutes(-70),
      operator: "林一禾", reviewer: "周闻", version: id === "r2" ? 2 : 1, items: id === "r1" ? cbc : [],
      findings: id === "r2" ? "双肺纹理清晰，未见实变影。心影大小、形态正常。双侧膈面光整，肋膈角锐利。" : null, conclusion: id === "r2" ? "胸部正位片未见明显异常。" : null, statement: "本报告仅对送检标本负责。",
    } satisfies A.Report)],
    ["GET", /^\/reports\/(\w+)\/trend$/, () => ok({ name: "血红蛋白", unit: "g/L", low: 115, high: 150, points: [[-200, 126], [-150, 121], [-90, 118], [-30, 112], [0, 108]].map(([day, value]) => ({ at: onDay(day), value, flag: value < 115 ? "L" : null })) })],
    ["GET", /^\/tasks$/, (q) => ok({ items: state.tasks.filter((one) => (one.status === "open") === (q.query.status === "open")) })],
    ["GET", /^\/tasks\/(\w+)$/, (_q, id) => ok({ task: find(state.tasks, id), form: forms[id] ?? forms.t1, draft: state.drafts[id] ?? null, note: "请您如实填写，我看到后会给您回电话。", reply: find(state.tasks, id)?.status === "answered" ? "请继续吃药，下周来复诊。" : null, replied_at: inMinutes(-5) })],
    ["POST", /^\/patients\/(\w+)\/photos$/, () => ok({ id: "ph1" }, 201)],
    ["PUT", /^\/tasks\/(\w+)\/draft$/, (q, id) => ((state.drafts[id] = q.data.answers), ok("", 204))],
    ["POST", /^\/tasks\/(\w+)\/answers$/, (q, id) => { state.answers[id] = q.data.answers; Object.assign(find(state.tasks, id)!, { status: "answered" }); return ok({ thanks: "谢谢您，医生会看到您的回答。", advice: "请继续按时吃药。如果胸痛加重，请马上到急诊。" }); }],
    ["GET", /^\/articles$/, () => ok({ items: [
      { id: "n1", title: "冬天血压高，早晨起床要慢一点", digest: "天气变冷，血压容易波动。医生教您三个简单的办法。", cover: null, author: "心血管内科", published_at: inMinutes(-2000) },
      { id: "n2", title: "抽血前要不要空腹？一张表说清楚", digest: "有的检查要空腹，有的不用。", cover: null, author: "检验科", published_at: inMinutes(-9000) },
    ] })],
    ["GET", /^\/articles\/(\w+)$/, (_q, id) => ok({ id, title: "冬天血压高，早晨起床要慢一点", digest: "", cover: null, author: "心血管内科", published_at: inMinutes(-2000), content_html: "<p>天气变冷，血管收缩，血压容易升高。</p><h2>三个办法</h2><ol><li>醒来先躺半分钟，再坐半分钟。</li><li>出门戴好帽子。</li><li>按时吃药，每天量血压。</li></ol><script>alert(1)</script>" })],
  ];

  const asked: Asked[] = [];
  return {
    state, asked,
    reply(question) {
      asked.push(question);
      const forced = state.fail[`${question.method} ${question.path}`];
      if (forced) return forced;
      if (!state.loggedIn && question.path !== "/session/mini-program") return no(401, "unauthenticated", "请重新登录");
      for (const [method, path, answer] of routes) {
        const found = method === question.method && path.exec(question.path);
        if (found) return answer(question, ...found.slice(1));
      }
      return no(404, "not_found", "没有找到");
    },
  };
}
