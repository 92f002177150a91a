// Every question the patient's app asks the server, by name and type.
import type * as A from "../../api/types";
import { request, settle } from "./request";

const at = encodeURIComponent;

// me
export const readMe = () => request<A.Me>("GET", "/me");
export const savePreferences = (large_type: boolean) => request<void>("PUT", "/me/preferences", { large_type });
export const logOut = () => request<void>("DELETE", "/session");
export const listConsents = () => request<A.List<A.Consent>>("GET", "/consents");
export const saveConsent = (purpose: string, granted: boolean) => request<void>("PUT", `/consents/${at(purpose)}`, { granted });
export const listTemplates = (scene: "booking" | "followup" | "report") =>
  request<A.List<A.SubscriptionTemplate>>("GET", "/subscription-templates", undefined, { query: { scene } });
export const readJsConfig = (url: string) => request<A.JsConfig>("GET", "/wechat/js-config", undefined, { query: { url } });

// patients
export const listPatients = () => request<A.List<A.Patient>>("GET", "/patients");
/** The number of the person's own WeChat, behind the mini-program's phone button. */
export const phoneOfWeChat = (code: string) => request<A.OwnPhone>("POST", "/me/wechat-phone", { code });
export const sendPhoneCode = (phone: string) => request<A.CodeSent>("POST", "/phone-codes", { phone });
export const addPatient = (patient: A.NewPatient) => request<A.Patient>("POST", "/patients", patient);
export const askOpeningCode = (id: string) => request<A.CodeSent>("POST", `/patients/${at(id)}/opening`);
export const openWithCode = (id: string, code: string) => request<A.Patient>("PUT", `/patients/${at(id)}/opening`, { code });
export const openAtDesk = (id: string) => request<A.Patient>("POST", `/patients/${at(id)}/desk-opening`);
export const addCard = (id: string, number: string) => request<A.Patient>("POST", `/patients/${at(id)}/cards`, { number });
export const removeCard = (id: string, card: string) => request<A.Patient>("DELETE", `/patients/${at(id)}/cards/${at(card)}`);
export const makeActive = (id: string) => request<A.Patient>("PUT", `/patients/${at(id)}/active`);
export const removePatient = (id: string) => request<void>("DELETE", `/patients/${at(id)}`);

// directory
export const readHospital = () => request<A.Hospital>("GET", "/hospital");
export const listDepartments = () => request<A.List<A.Department>>("GET", "/departments");
export const readDepartment = (id: string) => request<A.Department>("GET", `/departments/${at(id)}`);
export const listDoctors = (query: { department_id?: string; q?: string }) => request<A.List<A.Doctor>>("GET", "/doctors", undefined, { query });
export const readDoctor = (id: string) => request<A.Doctor>("GET", `/doctors/${at(id)}`);
export const listClinics = (query: { department_id?: string; doctor_id?: string; from_on: string; days: number }) =>
  request<A.List<A.Clinic>>("GET", "/clinics", undefined, { query });
export const listSlots = (clinic: string) => request<A.ClinicSlots>("GET", `/clinics/${at(clinic)}/slots`);

// appointments
export async function book(slot_id: string, patient_id: string): Promise<A.Appointment> {
  const intent = `book ${slot_id} ${patient_id}`;
  const booked = await request<A.Appointment>("POST", "/appointments", { slot_id, patient_id }, { intent });
  settle(intent);
  return booked;
}
export const listAppointments = (when: "upcoming" | "past", next?: string) =>
  request<A.List<A.Appointment>>("GET", "/appointments", undefined, { query: { when, next } });
export const readAppointment = (id: string) => request<A.Appointment>("GET", `/appointments/${at(id)}`);
export const cancelAppointment = (id: string) => request<A.Appointment>("DELETE", `/appointments/${at(id)}`);

// payments: the same intention keeps its key until it is paid or given up, see pay.ts
export const prepayAppointment = (id: string, channel: A.Channel) =>
  request<A.Prepay>("POST", `/appointments/${at(id)}/payment`, { channel }, { intent: `pay appointment ${id}` });
export const prepayBill = (id: string, channel: A.Channel) => request<A.Prepay>("POST", `/bills/${at(id)}/payment`, { channel }, { intent: `pay bill ${id}` });
export const prepayDeposit = (id: string, amount_fen: number, channel: A.Channel) =>
  request<A.Prepay>("POST", `/admissions/${at(id)}/deposits`, { amount_fen, channel }, { intent: `pay deposit ${id} ${amount_fen}` });
export const listOrders = (next?: string) => request<A.List<A.Order>>("GET", "/orders", undefined, { query: { next } });
export const readOrder = (id: string, refresh = false) => request<A.Order>("GET", `/orders/${at(id)}`, undefined, { query: { refresh: refresh || undefined } });
export const listBills = (status: "unpaid" | "paid") => request<A.List<A.Bill>>("GET", "/bills", undefined, { query: { status } });
export const readBill = (id: string) => request<A.Bill>("GET", `/bills/${at(id)}`);

// inpatient
export const listAdmissions = () => request<A.List<A.Admission>>("GET", "/admissions");
export const listDaily = (id: string) => request<A.List<A.DailyList>>("GET", `/admissions/${at(id)}/daily-lists`);

// queue
export const checkIn = (station: string, appointment_id?: string) => request<A.Ticket>("POST", "/check-ins", { station, appointment_id });
export const listTickets = () => request<A.List<A.Ticket>>("GET", "/tickets");
export const readTicket = (id: string) => request<A.Ticket>("GET", `/tickets/${at(id)}`);

// reports
export const listReports = () => request<A.List<A.ReportSummary>>("GET", "/reports");
export const readReport = (id: string) => request<A.Report>("GET", `/reports/${at(id)}`);
export const readTrend = (id: string, code: string) => request<A.Trend>("GET", `/reports/${at(id)}/trend`, undefined, { query: { code } });

// tasks
export const listTasks = (status: "open" | "done", next?: string) => request<A.List<A.Task>>("GET", "/tasks", undefined, { query: { status, next } });
export const readTask = (id: string) => request<A.TaskForm>("GET", `/tasks/${at(id)}`);
export const saveDraft = (id: string, answers: A.Answers) => request<void>("PUT", `/tasks/${at(id)}/draft`, { answers });
export async function answerTask(id: string, answers: A.Answers, answered_by: "self" | "relative"): Promise<A.Answered> {
  const intent = `answer ${id}`;
  const done = await request<A.Answered>("POST", `/tasks/${at(id)}/answers`, { answers, answered_by }, { intent });
  settle(intent);
  return done;
}

// articles
export const listArticles = (next?: string) => request<A.List<A.ArticleSummary>>("GET", "/articles", undefined, { query: { next } });
export const readArticle = (id: string) => request<A.Article>("GET", `/articles/${at(id)}`);
