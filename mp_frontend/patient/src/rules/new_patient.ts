// The form of a new patient: what must be filled, what is wrong in words, and what is sent. Pure.
import type { DocumentKind, NewPatient, ProofKind, Relation, Sex } from "../../../api/types";
import { t } from "../text";
import { ageOn, readIdCard, readPhone, tidy } from "./identity";

export interface Draft {
  name: string; relation: Relation; kind: DocumentKind; number: string; birth_on: string; sex: Sex | ""; phone: string; code: string;
  guardian: string; proof_kind: ProofKind; proof_number: string; declared: boolean; agreed: Record<string, boolean>;
}
export const blank = (): Draft => ({
  name: "", relation: "self", kind: "id_card", number: "", birth_on: "", sex: "", phone: "", code: "", guardian: "", proof_kind: "household_register", proof_number: "", declared: false, agreed: {},
});
/** The one consent without which a patient cannot be added; the others are free. */
export const NEEDED = "bind";

/** Birth and sex: from the ID card when it is one, else as chosen. */
export function bornOf(draft: Draft): { birth_on: string; sex: Sex | "" } {
  if (draft.kind !== "id_card") return { birth_on: draft.birth_on, sex: draft.sex };
  const card = readIdCard(draft.number, true);
  return card.state === "good" ? { birth_on: card.birth_on, sex: card.sex } : { birth_on: "", sex: "" };
}
/** Children under 14 come with a guardian. */
export const isChild = (draft: Draft, today: string): boolean => {
  if (draft.kind === "none_newborn") return true;
  const { birth_on } = bornOf(draft);
  return birth_on !== "" && ageOn(birth_on, today) < 14;
};
/** What is said under the ID number while it is typed. */
export function numberFault(draft: Draft, final: boolean): string {
  if (draft.kind === "none_newborn") return "";
  if (!draft.number) return final ? t.add.numberFault : "";
  if (draft.kind !== "id_card") return final && tidy(draft.number).length < 5 ? t.add.numberFault : "";
  const card = readIdCard(draft.number, final);
  return card.state === "wrong" ? t.add.idWrong[card.why] : "";
}

export type Faults = Partial<Record<"name" | "number" | "birth_on" | "sex" | "phone" | "code" | "guardian" | "proof_number" | "declared" | "consents", string>>;
export function faultsOf(draft: Draft, today: string): Faults {
  const faults: Faults = {};
  const put = (key: keyof Faults, wrong: boolean, said: string) => wrong && (faults[key] = said);
  put("name", draft.name.trim().length < 2, t.add.nameFault);
  const number = numberFault(draft, true);
  put("number", number !== "", number);
  if (draft.kind !== "id_card") {
    put("birth_on", !draft.birth_on, t.add.birthFault);
    put("sex", !draft.sex, t.add.sexFault);
  }
  put("phone", !readPhone(draft.phone), t.add.phoneFault);
  put("code", !/^\d{4,8}$/.test(draft.code), t.add.codeFault);
  if (isChild(draft, today)) {
    put("guardian", !draft.guardian, t.add.guardianFault);
    put("proof_number", draft.proof_number.trim().length < 3, t.add.proofFault);
    put("declared", !draft.declared, t.add.declareFault);
  }
  put("consents", !draft.agreed[NEEDED], t.add.consentFault);
  return faults;
}

export function toSend(draft: Draft, today: string): NewPatient {
  const { birth_on, sex } = bornOf(draft);
  return {
    name: draft.name.trim(),
    document: { kind: draft.kind, number: draft.kind === "none_newborn" ? "" : tidy(draft.number) },
    ...(draft.kind === "id_card" ? {} : { birth_on, sex: sex || "unknown" }),
    phone: readPhone(draft.phone) ?? draft.phone,
    phone_code: draft.code,
    relation: draft.relation,
    ...(isChild(draft, today) ? { guardian: { patient_id: draft.guardian, proof_kind: draft.proof_kind, proof_number: draft.proof_number.trim(), declared: true as const } } : {}),
    consents: Object.keys(draft.agreed).filter((purpose) => draft.agreed[purpose]) as NewPatient["consents"],
  };
}
