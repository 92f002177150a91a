// Which questions of a form are asked, whether an answer is acceptable, and what is sent. Pure: the server decides again.
import type { Answers, EnableWhen, FormItem, FormValue } from "../../../api/types";
import { t } from "../text";

/** One line of the form as it is shown. */
export interface Line { item: FormItem; depth: number; number: number | null }

const listOf = (value: FormValue | string[] | undefined): FormValue[] => (value === undefined || value === "" ? [] : Array.isArray(value) ? value : [value]);

function compare(given: FormValue, operator: EnableWhen["operator"], wanted: FormValue): boolean {
  if (operator === "=") return given === wanted || String(given) === String(wanted);
  if (operator === "!=") return String(given) !== String(wanted);
  const both = typeof given === "string" && typeof wanted === "string" && Number.isNaN(Number(given)) ? [given, wanted] : [Number(given), Number(wanted)];
  const [a, b] = both as [number, number];
  if (operator === ">") return a > b;
  if (operator === "<") return a < b;
  if (operator === ">=") return a >= b;
  return a <= b;
}

/** One condition, by FHIR's rules: only `exists` can hold for a question without an answer. */
export function holds(when: EnableWhen, answers: Answers): boolean {
  const given = listOf(answers[when.question]);
  if (when.operator === "exists") return given.length > 0 === Boolean(when.answer);
  if (when.operator === "!=") return given.length > 0 && given.every((one) => compare(one, "!=", when.answer));
  return given.some((one) => compare(one, when.operator, when.answer));
}

const isAsked = (item: FormItem, answers: Answers): boolean => {
  const conditions = item.enable_when ?? [];
  if (!conditions.length) return true;
  return item.enable_behavior === "all" ? conditions.every((one) => holds(one, answers)) : conditions.some((one) => holds(one, answers));
};
export const isQuestion = (item: FormItem): boolean => item.type !== "group" && item.type !== "display";

/** The lines to show, in order. An answer of a question that is not asked counts as no answer. */
export function linesOf(items: FormItem[], answers: Answers): Line[] {
  // A hidden question can hide others in turn: go on until nothing changes (each turn hides at least one more).
  let counted = answers;
  for (;;) {
    const lines = walk(items, counted, 0);
    const asked = new Set(lines.map((line) => line.item.link_id));
    const kept = Object.fromEntries(Object.entries(counted).filter(([id]) => asked.has(id)));
    if (Object.keys(kept).length === Object.keys(counted).length) {
      let n = 0;
      return lines.map((line) => ({ ...line, number: isQuestion(line.item) ? ++n : null }));
    }
    counted = kept;
  }
}
function walk(items: FormItem[], answers: Answers, depth: number): Line[] {
  return items.flatMap((item) => (isAsked(item, answers) ? [{ item, depth, number: null }, ...walk(item.items ?? [], answers, depth + 1)] : []));
}

/** What is wrong with one answer, as a sentence; "" when nothing is. */
export function faultOf(item: FormItem, value: FormValue | string[] | undefined): string {
  if (!isQuestion(item)) return "";
  const given = listOf(value);
  if (!given.length) return item.required ? (item.type === "choice" || item.type === "multi" || item.type === "boolean" ? t.form.choose : t.form.fill) : "";
  if (item.type === "integer" || item.type === "decimal" || item.type === "slider") return numberFault(item, given[0]);
  if (item.type === "string" || item.type === "text") {
    const most = item.max_length ?? (item.type === "string" ? 200 : 2000);
    return [...String(given[0])].length > most ? t.form.tooLong(most) : "";
  }
  if (item.type === "date" && !/^\d{4}-\d{2}-\d{2}$/.test(String(given[0]))) return t.form.date;
  return "";
}
function numberFault(item: FormItem, value: FormValue): string {
  const text = String(value).trim();
  if (item.type === "integer" ? !/^-?\d+$/.test(text) : !/^-?\d+(\.\d+)?$/.test(text)) return item.type === "integer" ? t.form.whole : t.form.number;
  const n = Number(text);
  if ((item.min != null && n < item.min) || (item.max != null && n > item.max)) return t.form.between(item.min ?? null, item.max ?? null, item.unit ?? "");
  return "";
}

/** All faults by link id, only of the questions asked. */
export function faultsOf(lines: Line[], answers: Answers): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const { item } of lines) {
    const fault = faultOf(item, answers[item.link_id]);
    if (fault) faults[item.link_id] = fault;
  }
  return faults;
}

/** What is sent: answers of the questions asked, numbers as numbers, blanks left out. */
export function answersToSend(lines: Line[], answers: Answers): Answers {
  const sent: Answers = {};
  for (const { item } of lines) {
    const given = answers[item.link_id];
    if (!isQuestion(item) || !listOf(given).length) continue;
    if (item.type === "integer" || item.type === "decimal" || item.type === "slider") {
      const n = Number(given);
      if (Number.isFinite(n)) sent[item.link_id] = n;
    } else sent[item.link_id] = typeof given === "string" ? given.trim() : given;
  }
  return sent;
}

/** How far the patient is: questions answered, of those asked. */
export function progressOf(lines: Line[], answers: Answers): { done: number; all: number } {
  const questions = lines.filter((line) => isQuestion(line.item));
  return { done: questions.filter((line) => listOf(answers[line.item.link_id]).length > 0).length, all: questions.length };
}

/** Puts one option of a "multi" question in or out. */
export function toggled(value: FormValue | string[] | undefined, option: string): string[] {
  const given = listOf(value).map(String);
  return given.includes(option) ? given.filter((one) => one !== option) : [...given, option];
}

/** The steps of a slider when they are few enough to be buttons (0–10), else null. */
export function stepsOf(item: FormItem): number[] | null {
  const low = item.min ?? 0;
  const high = item.max ?? 10;
  const step = item.step || 1;
  const count = Math.floor((high - low) / step) + 1;
  return count >= 2 && count <= 11 ? Array.from({ length: count }, (_, i) => low + i * step) : null;
}
