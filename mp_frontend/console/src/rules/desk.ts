// What came of an action on many chosen follow-ups, in words; and whom a choice of rows means.
import type { DeskTask, Done, SendingResult } from "../types";
import { named, NOT_DONE, SKIPPED } from "../words";

export interface Result {
  title: string;
  done: number;
  skipped: { name: string; text: string }[];
}

/** "已有人看过（孙护士）" */
export function whyNot(reason: string, by: string): string {
  return named(NOT_DONE, reason) + (by ? `（${by}）` : "");
}

/** The honest result: how many were done, and each that was not, with the reason. */
export function resultOf(title: string, result: Done): Result {
  const skipped = result.skipped.map((one) => ({
    name: one.patient_name || "患者",
    text: whyNot(one.reason, one.by_name),
  }));
  return { title, done: result.done.length, skipped };
}

/** The same of a questionnaire that was sent to the patients of the chosen rows. */
export function resultOfSending(title: string, result: SendingResult, tasks: readonly DeskTask[]): Result {
  const names = new Map(tasks.map((task) => [task.patient_id, task.patient_name]));
  const skipped = result.skipped.map((one) => ({
    name: one.patient_name || names.get(one.patient_id) || "患者",
    text: named(SKIPPED, one.reason),
  }));
  return { title, done: result.created.length, skipped };
}

/** The patients of some rows, each once. */
export function patientsOf(tasks: readonly DeskTask[]): string[] {
  return [...new Set(tasks.map((task) => task.patient_id))];
}

/** The rows that are still there after a reload keep their tick. */
export function stillThere(chosen: readonly string[], tasks: readonly DeskTask[]): string[] {
  const ids = new Set(tasks.map((task) => task.id));
  return chosen.filter((id) => ids.has(id));
}
