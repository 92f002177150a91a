// The shapes the patient's app works with, named for it, from the types generated from handlers/openapi.json.
// Money in fen, times ISO with +08:00, dates YYYY-MM-DD.
import type * as G from "./generated";

/** An answer of the server: fields that have a default are always there. */
type Whole<T> = T extends (infer U)[] ? Whole<U>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;

/** One page of a list; `as_of` is set when the hospital's own system does not answer and older data are shown. */
export interface List<T> { items: T[]; next?: string | null; as_of?: string | null }

export type Me = Whole<G.handlers__me__Me>;
export type Patient = Whole<G.MyPatient>;
export type Card = Patient["cards"][number];
export type Relation = Patient["relation"];
export type Sex = Patient["sex"];
export type NewPatient = G.NewPatient;
export type DocumentKind = NewPatient["document"]["kind"];
export type ProofKind = NonNullable<NewPatient["guardian"]>["proof_kind"];
export type CodeSent = Whole<G.CodeSent>;
export type OwnPhone = Whole<G.OwnPhone>;
export type Consent = Whole<G.Consent>;
export type Purpose = Consent["purpose"];
export type SubscriptionTemplate = Whole<G.SubscriptionTemplate>;
export type JsConfig = Whole<G.JsConfig>;

export type Hospital = Whole<G.Hospital>;
export type Department = Whole<G.Department>;
export type Doctor = Whole<G.Doctor>;
export type Clinic = Whole<G.Clinic>;
export type Slot = Whole<G.Slot>;
export type ClinicSlots = Whole<G.Slots>;

export type Appointment = Whole<G.ShownAppointment>;
export type AppointmentStatus = Appointment["status"];
export type Prepay = Whole<G.Prepay>;
export type Channel = G.PayBody["channel"];
export type Order = Whole<G.ShownOrder>;
export type OrderStatus = Order["status"];
export type Bill = Whole<G.Bill>;
export type BillItem = Bill["items"][number];
export type Admission = Whole<G.Admission>;
export type DailyList = Whole<G.DailyList>;
export type Ticket = Whole<G.ShownTicket>;

export type ReportSummary = Whole<G.ReportSummary>;
export type Report = Whole<G.Report>;
export type ReportLine = Report["items"][number];
export type Trend = Whole<G.Trend>;

export type Task = Whole<G.MyTask>;
export type FormItem = G.FormItem;
export type EnableWhen = NonNullable<FormItem["enable_when"]>[number];
export type Form = G.Form;
export type { Answer, Answers, FormValue } from "./form";
export type TaskForm = Omit<Whole<G.OpenedTask>, "form" | "draft"> & { form: Form; draft: G.OpenedTask["draft"] };
export type Answered = Whole<G.Thanks>;

export type ArticleSummary = Whole<G.PublicArticleRow>;
export type Article = Whole<G.PublicArticle>;
