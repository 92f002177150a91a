// The form on the phone while it is being written: what was not changed is as the server read it, the rest is read here.
import type { Form, FormItem, Option } from "../types";
import { CHOICES, endText, isEndText, isQuestion, kindOf, NUMBERS, TEXTS } from "./builder";
import {
  chinese,
  extension,
  numberOf,
  optionLabel,
  optionValue,
  units,
  type FhirItem,
  type FhirQuestionnaire,
} from "./fhir";
import { conditionOf } from "./when";

/** What the server last read: its form, and the file that it read it from. */
export interface Saved {
  fhir: FhirQuestionnaire;
  form: Form;
}
const bare = (item: FhirItem): string => JSON.stringify({ ...item, item: (item.item ?? []).filter(isEndText) });
function known<T>(
  level: T[] | undefined,
  idOf: (one: T) => string,
  inside: (one: T) => T[] | undefined,
  into = new Map<string, T>(),
): Map<string, T> {
  for (const one of level ?? []) {
    into.set(idOf(one), one);
    known(inside(one), idOf, inside, into);
  }
  return into;
}

export function previewOf(source: FhirQuestionnaire, saved: Saved): Form {
  const files = known(
    saved.fhir.item,
    (one) => one.linkId,
    (one) => one.item,
  );
  const forms = known(
    saved.form.items,
    (one) => one.link_id,
    (one) => one.items,
  );
  const read = (item: FhirItem): FormItem[] => {
    const [file, form] = [files.get(item.linkId), forms.get(item.linkId)];
    const unchanged = file && bare(file) === bare(item);
    if (unchanged && !form) return []; // hidden, or computed
    const children = (item.item ?? []).filter((one) => !isEndText(one)).flatMap(read);
    return [{ ...(unchanged && form ? form : fresh(item, form?.options)), items: children }];
  };
  return {
    ...saved.form,
    title: chinese(source, "title") || saved.form.title,
    intro: chinese(source, "description"),
    items: (source.item ?? []).flatMap(read),
  };
}

/** One item, as the server would read what the builder writes. */
export function fresh(item: FhirItem, before: Option[] = []): FormItem {
  const type = kindOf(item);
  const own = (item.answerOption ?? []).map((one) => ({ value: optionValue(one), label: optionLabel(one) }));
  const day = (name: string) =>
    type === "date" || type === "datetime" ? String(extension(item, name) ?? "").slice(0, 10) || null : null;
  const size = (name: string) => (NUMBERS.includes(type) ? numberOf(extension(item, name)) : null);
  const several = (item.extension ?? []).some((one) => one.url.endsWith("/questionnaire-unitOption"));
  const text = extension(item, "entryFormat");
  const pattern = extension(item, "regex");
  const chosen = CHOICES.includes(type) || type === "body_site";
  const offered = chosen ? (own.length ? own : before) : [];
  return {
    link_id: item.linkId,
    text: chinese(item, "text"),
    type: CHOICES.includes(type) && !offered.length ? "string" : type,
    required: !!item.required && isQuestion(type),
    repeats: type === "group" && !!item.repeats,
    most: most(item, offered.length),
    options: offered,
    units: type === "quantity" ? units(item).map((one) => ({ value: one.code, label: one.label })) : [],
    unit: NUMBERS.includes(type) && !several ? (units(item)[0]?.label ?? null) : null,
    min: size("minValue"),
    max: size("maxValue"),
    step: size("questionnaire-sliderStepValue"),
    earliest: day("minValue"),
    latest: day("maxValue"),
    low_text: endText(item, "lower") || null,
    high_text: endText(item, "upper") || null,
    max_length: TEXTS.includes(type) ? (numberOf(item.maxLength) ?? (type === "text" ? 2000 : 200)) : null,
    pattern: typeof pattern === "string" && pattern ? pattern : null,
    pattern_text: typeof text === "string" && text ? text : null,
    enable_when: (item.enableWhen ?? []).map(conditionOf),
    enable_behavior: item.enableBehavior === "all" ? "all" : "any",
  };
}

/** How many photos, places or repetitions there may be. */
function most(item: FhirItem, offered: number): number | null {
  const type = kindOf(item);
  const wanted = numberOf(extension(item, "questionnaire-maxOccurs"));
  if (type === "group") return item.repeats ? (wanted ?? 20) : null;
  if (type !== "photo" && type !== "body_site") return null;
  return wanted ?? (item.repeats ? (type === "photo" ? 9 : offered) : 1);
}
