// When a question is asked: FHIR's enableWhen read, written and said in words.
import type { EnableWhen } from "../types";
import { itemOf, kindOf, NUMBERS, type Kind } from "./builder";
import {
  chinese,
  numberOf,
  optionLabel,
  optionValue,
  type FhirItem,
  type FhirQuestionnaire,
  type FhirWhen,
} from "./fhir";

export type Operator = EnableWhen["operator"];
export type Answer = string | number | boolean;
export interface Condition {
  question: string;
  operator: Operator;
  answer: Answer;
}

export const OPERATORS: Record<Operator, string> = {
  "=": "是",
  "!=": "不是",
  ">": "大于",
  ">=": "大于或等于",
  "<": "小于",
  "<=": "小于或等于",
  exists: "有没有回答",
};
const SIZED: Kind[] = [...NUMBERS, "date", "datetime", "time"];
/** The comparisons that make sense for a kind of question. */
export function operatorsFor(kind: Kind): Operator[] {
  if (kind === "photo") return ["exists"];
  return SIZED.includes(kind) ? ["=", "!=", ">", ">=", "<", "<=", "exists"] : ["=", "!=", "exists"];
}

/** What a condition asks for, as the server reads it. */
export function conditionOf(when: FhirWhen): Condition {
  const key = Object.keys(when).find((one) => one.startsWith("answer"));
  let answer = key === undefined ? "" : when[key];
  if (answer && typeof answer === "object") {
    const said = answer as { value?: unknown; code?: string; display?: string };
    answer = said.value !== undefined ? numberOf(said.value) : (said.code ?? said.display ?? "");
  }
  const operator = (Object.keys(OPERATORS).includes(when.operator) ? when.operator : "=") as Operator;
  if (operator === "exists") answer = answer !== false && answer !== "false";
  return { question: when.question, operator, answer: (answer ?? "") as Answer };
}

const ANSWER: Partial<Record<Kind, string>> = {
  boolean: "answerBoolean",
  integer: "answerInteger",
  decimal: "answerDecimal",
  date: "answerDate",
  datetime: "answerDateTime",
  time: "answerTime",
};
/** A condition as FHIR, its answer of the type that the question has; an unchanged one stays as it was. */
export function written(asked: FhirItem | undefined, condition: Condition, before?: FhirWhen): FhirWhen {
  if (before && same(conditionOf(before), condition)) return before;
  const rest = Object.fromEntries(Object.entries(before ?? {}).filter(([key]) => !key.startsWith("answer")));
  const head = { ...rest, question: condition.question, operator: condition.operator };
  if (condition.operator === "exists") return { ...head, answerBoolean: condition.answer !== false };
  const kind = asked && kindOf(asked);
  const option = asked?.answerOption?.find((one) => optionValue(one) === condition.answer);
  if (option?.valueCoding) {
    const { system, code, display } = option.valueCoding;
    return { ...head, answerCoding: code ? { ...(system ? { system } : {}), code } : { display } };
  }
  if (asked?.answerValueSet || kind === "body_site")
    return { ...head, answerCoding: { code: String(condition.answer) } };
  if (kind === "quantity") return { ...head, answerQuantity: { value: Number(condition.answer) } };
  if (kind === "slider")
    return { ...head, [asked?.type === "decimal" ? "answerDecimal" : "answerInteger"]: Number(condition.answer) };
  const key = (kind && ANSWER[kind]) ?? "answerString";
  return {
    ...head,
    [key]: key === "answerInteger" || key === "answerDecimal" ? Number(condition.answer) : condition.answer,
  };
}
const same = (a: Condition, b: Condition) =>
  a.question === b.question && a.operator === b.operator && a.answer === b.answer;

/** What a fresh condition on this question begins with. */
export function firstCondition(asked: FhirItem, options: { value: string }[]): Condition {
  const kind = kindOf(asked);
  if (kind === "boolean") return { question: asked.linkId, operator: "=", answer: true };
  if (options.length) return { question: asked.linkId, operator: "=", answer: options[0].value };
  if (NUMBERS.includes(kind)) return { question: asked.linkId, operator: ">=", answer: 1 };
  return { question: asked.linkId, operator: "exists", answer: true };
}

/** What an answer is called: an option by its words. */
export function answerWords(
  asked: FhirItem | undefined,
  answer: Answer,
  options: { value: string; label: string }[] = [],
): string {
  if (typeof answer === "boolean") return answer ? "是" : "否";
  const option = asked?.answerOption?.find((one) => optionValue(one) === String(answer));
  return option ? optionLabel(option) : (options.find((one) => one.value === String(answer))?.label ?? String(answer));
}
function words(source: FhirQuestionnaire, condition: Condition): string {
  const asked = itemOf(source, condition.question);
  const name = `「${asked ? chinese(asked, "text") || asked.linkId : condition.question}」`;
  if (condition.operator === "exists") return `${name}${condition.answer === false ? "没有回答" : "回答过"}`;
  return `${name}${OPERATORS[condition.operator]}「${answerWords(asked, condition.answer)}」`;
}
/** 当「有伤口吗」是「有伤口」时才问; "" when it is always asked. */
export function whenWords(source: FhirQuestionnaire, item: FhirItem): string {
  const conditions = (item.enableWhen ?? []).map(conditionOf);
  if (!conditions.length) return "";
  return `当${conditions.map((one) => words(source, one)).join(item.enableBehavior === "all" ? "，并且" : "，或者")}时才${kindOf(item) === "display" || kindOf(item) === "group" ? "显示" : "问"}`;
}
