// The shapes the console works with, named for it, from the types generated from handlers/openapi.json.
// Money in fen, times ISO with +08:00, dates YYYY-MM-DD.
import type * as G from "../../api/generated";
import type { FhirQuestionnaire } from "./rules/fhir";

/** An answer of the server: fields that have a default are always there. */
type Whole<T> = T extends (infer U)[] ? Whole<U>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;

/** A list that goes on at `next`; null or nothing at its end. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** The member who is logged in. */
export type Staff = Whole<G.server__staff__models__Me>;
export type Member = Whole<G.Member>;
export type Role = Member["roles"][number];
export type NewMember = G.NewMember;
/** What is left out stays as it is. */
export type MemberChange = G.MemberChange;

export type Hospital = Whole<G.Hospital>;
export type Department = Whole<G.Department>;
export type Doctor = Whole<G.Doctor>;
export type Overview = Whole<G.Overview>;

export type PatientRow = Whole<G.PatientRow>;
/** `relation.clinical`: whether records may be read, or only identity and bookings. */
export type Patient = Whole<G.PatientFile>;
export type Report = Whole<G.Report>;
export type Appointment = Whole<G.StaffAppointment>;
export type Opening = Whole<G.DeskOpening>;
export type WriteBack = Whole<G.ShownWriteBack>;
export type ReconciledDay = Whole<G.ShownReconciliation>;
/** A day with its differences; `actions` are the ways in which each may be settled. */
export type Reconciliation = Whole<G.ReconciliationReport>;
export type Difference = Reconciliation["differences"][number];
export type DifferenceAction = Difference["actions"][number];
export type PhoneTask = Whole<G.ShownTask>;
/** With name, number and what to say: reading it is recorded. */
export type OpenedCall = Whole<G.OpenedCall>;
export type CallOutcome = G.NewAttempt["outcome"];
export type AlertRow = Whole<G.ShownAlert>;
/** With the phone to call: reading it is recorded. */
export type AlertFile = Whole<G.OpenedAlert>;
export type AlertAction = G.Taking["action"];
export type Roster = Whole<G.ShownRoster>;
export type Shift = Whole<G.Shift>;
export type MyReach = Whole<G.MyReach>;
export type Message = Whole<G.Delivery>;
export type Quotas = Whole<G.Quotas>;

export type OrderRow = Whole<G.StaffOrder>;
/** `no_refund` says why nothing can go back now; `whole_only` that only all of it can. */
export type OrderFile = Whole<G.OrderFile>;
export type RefundWish = G.RefundWish;

export type PlanRow = Whole<G.PlanSummary>;
/** A plan as data, to be edited, and in words. `problems` say why it cannot be published. */
export type PlanFile = Whole<G.ReadPlan>;
export type PlanDefinition = Whole<G.Definition>;
export type PlanStep = PlanDefinition["steps"][number];
export type PlanFinding = PlanDefinition["findings"][number];
export type PlanCondition = PlanFinding["any"][number];
export type PlanBranch = PlanStep["branches"][number];
export type AnchorKind = G.Definition["anchor"];
/** Whose next step a new version moves. */
export type PlanMove = Whole<G.Moving>;
export type EnrolmentRow = Whole<G.EnrolmentRow>;
export type EnrolmentFile = Whole<G.ReadEnrolment>;
export type Enrolling = G.Enrolling;
export type Enrolled = Whole<G.Enrolled>;
export type SheetResult = Whole<G.SheetResult>;

export type Questionnaire = Whole<G.QuestionnaireSummary>;
export type Form = G.Form;
export type FormItem = G.FormItem;
export type EnableWhen = G.EnableWhen;
export type Option = G.Option;
/** A published version with its file, scoring and what the import warned of. */
export type QuestionnaireFile = Omit<Whole<G.ReadQuestionnaire>, "fhir" | "form"> & { fhir: FhirQuestionnaire; form: Form };
export type DraftRow = Whole<G.DraftSummary>;
export type DraftFile = Omit<Whole<G.ReadDraft>, "fhir" | "form"> & { fhir: FhirQuestionnaire; form: Form };
export type DraftInput = G.DraftInput;
export type Scoring = Whole<G.Scoring>;
export type Scale = Scoring["scales"][number];
export type Band = Scale["bands"][number];
export type RedFlag = Scoring["red_flags"][number];
export type Warned = Whole<G.Warned>;
export type LibraryItem = Whole<G.LibraryItem>;
export type Trial = G.Trial;
export type TrialResult = Whole<G.TrialResult>;
export interface PublishOutcome {
  outcome: "published" | "waiting";
  questionnaire: QuestionnaireFile | null;
  draft: DraftFile | null;
}
export type Followup = Whole<G.StaffTask>;
export type FollowupDetail = Whole<G.ReadTask>;
export type Desk = Whole<G.Desk>;
export type DeskTask = Whole<G.DeskTask>;
/** What became of chosen tasks: ids that were done, and what was left out with the reason. */
export type Done = Whole<G.Done>;
export type PatientLine = Whole<G.PatientLine>;
export type LineItem = PatientLine["items"][number];
export type LineSeries = PatientLine["series"][number];
export type FigureGrouping = NonNullable<G.FigureQuery["by"]>;
export type Figures = Whole<G.Figures>;
export type FigureRow = Figures["total"];
export type Rate = FigureRow["visited"];
export type Responses = Whole<G.Responses>;
export type Trials = Whole<G.TrialFigures>;
export type Sending = G.Sending;
export type SendingResult = Whole<G.Sent>;

export type Menu = G.Menu_Input;
export type MenuButton = G.Button_Input;
export type MenuType = NonNullable<MenuButton["type"]>;
export type MatchRule = G.MatchRule;
export type MenuVersion = Whole<G.Version>;
export type HeldMenu = Omit<Whole<G.Held>, "menu"> & { menu: Menu | null };
export type PublishedMenu = MenuVersion & { menu: Menu };
export interface MenuState {
  draft: Menu;
  published: PublishedMenu | null;
  held: HeldMenu;
  versions: MenuVersion[];
}
export type MenuTag = Whole<G.Tag>;

export type SceneInput = G.SceneInput;
export type SceneChange = G.SceneChange;
export type SceneRow = Whole<G.SceneRow>;
export type SceneKind = SceneRow["kind"];
export type SceneDay = Whole<G.SceneDay>;

export type ArticleRow = Whole<G.ArticleRow>;
export type Article = Whole<G.Article>;
export type ArticleState = Article["state"];
export type ArticleInput = Required<Omit<G.ArticleInput, "cover_id">> & { cover_id: string | null };
export type Followers = Whole<G.Followers>;
