// The shapes the console works with, named for it, from the types generated from handlers/openapi.json.
// Money in fen, times ISO with +08:00, dates YYYY-MM-DD.
import type * as G from "../../api/generated";

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
export type Message = Whole<G.Delivery>;

export type Questionnaire = Whole<G.QuestionnaireSummary>;
export type Form = G.Form;
export type FormItem = G.FormItem;
export type EnableWhen = G.Condition;
export type AnswerValue = EnableWhen["answer"];
export type Followup = Whole<G.StaffTask>;
export type FollowupDetail = Whole<G.ReadTask>;
export type Sending = G.Sending;
export type SendingResult = Whole<G.Sent>;

export type Menu = G.Menu_Input;
export type MenuButton = G.Button_Input;
export type MenuType = NonNullable<MenuButton["type"]>;
export type MenuState = Omit<Whole<G.MenuState>, "diff">;

export type ArticleRow = Whole<G.ArticleRow>;
export type Article = Whole<G.Article>;
export type ArticleState = Article["state"];
export type ArticleInput = Required<Omit<G.ArticleInput, "cover_id">> & { cover_id: string | null };
export type Followers = Whole<G.Followers>;
