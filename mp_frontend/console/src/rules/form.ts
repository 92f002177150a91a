// How a questionnaire behaves on the phone: which items are asked, given the answers so far.
import type { AnswerValue, EnableWhen, FormItem } from "../types";

export type Answers = Record<string, AnswerValue | AnswerValue[] | undefined>;

function holds(when: EnableWhen, answers: Answers): boolean {
  const given = answers[when.question];
  const values = given === undefined || given === "" ? [] : Array.isArray(given) ? given : [given];
  if (when.operator === "exists") return values.length > 0 === (when.answer !== false);
  if (when.operator === "!=") return values.length > 0 && !values.some((value) => same(value, when.answer));
  return values.some((value) => {
    if (when.operator === "=") return same(value, when.answer);
    const difference = Number(value) - Number(when.answer);
    if (when.operator === ">") return difference > 0;
    if (when.operator === "<") return difference < 0;
    if (when.operator === ">=") return difference >= 0;
    return difference <= 0;
  });
}

function same(a: AnswerValue, b: AnswerValue): boolean {
  return String(a) === String(b);
}

/** Whether an item is asked. */
export function isAsked(item: FormItem, answers: Answers): boolean {
  const conditions = item.enable_when ?? [];
  if (!conditions.length) return true;
  return item.enable_behavior === "all"
    ? conditions.every((when) => holds(when, answers))
    : conditions.some((when) => holds(when, answers));
}

/** The items on the phone in order, groups as headings, numbered where they are questions. */
export function asked(items: readonly FormItem[], answers: Answers): { item: FormItem; number: number | null }[] {
  let number = 0;
  const walk = (level: readonly FormItem[]): { item: FormItem; number: number | null }[] =>
    level
      .filter((item) => isAsked(item, answers))
      .flatMap((item) => {
        const question = item.type !== "group" && item.type !== "display";
        return [{ item, number: question ? ++number : null }, ...walk(item.items ?? [])];
      });
  return walk(items);
}
