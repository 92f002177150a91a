// The rules of a questionnaire on the phone: which questions show, what is wrong with an answer, what is sent.
// The same as the server's (server/questionnaires/rules), which decides again; used by the patient's app and by the console's preview.
import type * as G from "./generated";

export type FormItem = G.FormItem;
export type EnableWhen = NonNullable<FormItem["enable_when"]>[number];
export type FormValue = EnableWhen["answer"];
/** An answer as it is kept: of a quantity {value, unit}, of one's own words {other}, of a repeating group a list of answers. */
export type Answer = FormValue | unknown[] | Record<string, unknown>;
export type Answers = Record<string, Answer>;
/** Where an item stands: the repetitions of groups that it is in. */
export type Path = [group: string, n: number][];
export type Trouble = "unknown" | "required" | "wrong_type" | "unknown_option" | "out_of_range" | "too_long" | "too_many" | "wrong_pattern" | "unknown_photo";

const BOUND = 50; // questions may hide each other in a circle: after so many rounds the last state counts
const LARGEST = 1e12;
const isObject = (given: unknown): given is Record<string, unknown> => typeof given === "object" && given !== null && !Array.isArray(given);

export const isQuestion = (item: FormItem): boolean => item.type !== "group" && item.type !== "display";
export const isNumber = (item: FormItem): boolean => item.type === "integer" || item.type === "decimal" || item.type === "slider";
/** "drugs/0/dose": a linkId behind the repetitions it is in. */
export const placeOf = (path: Path, link: string): string => path.map(([group, n]) => `${group}/${n}/`).join("") + link;
export function rowsOf(item: FormItem, answers: Answers): Answers[] {
  const found = answers[item.link_id];
  return Array.isArray(found) ? found.map((one) => (isObject(one) ? (one as Answers) : {})) : [];
}

// --- which questions show ----------------------------------------------------------------------------------

const isEmpty = (given: unknown): boolean =>
  given === undefined || given === null || given === "" || (typeof given === "string" && !given.trim()) || (Array.isArray(given) && !given.length) || (isObject(given) && !Object.keys(given).length);

/** An answer to compare by: the number of a quantity, the words of somebody's own. */
function plain(given: unknown): FormValue {
  const found = isObject(given) ? (given.value ?? given.other ?? "") : given;
  return typeof found === "string" || typeof found === "number" || typeof found === "boolean" ? found : "";
}
function sizeOf(value: FormValue): number {
  if (typeof value !== "string") return Number(value);
  const said = value.trim();
  if (said && !Number.isNaN(Number(said))) return Number(said);
  if (/^\d\d:\d\d/.test(said)) return Number(said.slice(0, 2)) * 60 + Number(said.slice(3, 5));
  return /^\d{4}-\d\d-\d\d/.test(said) ? Date.parse(said.slice(0, 10)) / 86_400_000 : NaN;
}
function compare(value: FormValue, operator: EnableWhen["operator"], wanted: FormValue): boolean {
  if (operator === "=") return value === wanted;
  const [left, right] = [sizeOf(value), sizeOf(wanted)];
  if (operator === ">") return left > right;
  if (operator === "<") return left < right;
  return operator === ">=" ? left >= right : left <= right;
}
/** Whether one condition holds for the answers of its question: only `exists` can hold without one. */
export function holds(when: EnableWhen, given: unknown): boolean {
  const values = (Array.isArray(given) ? given : [given]).filter((one) => one !== undefined && one !== null && one !== "").map(plain);
  if (when.operator === "exists") return values.length > 0 === Boolean(when.answer);
  if (when.operator === "!=") return values.length > 0 && !values.some((one) => compare(one, "=", when.answer));
  return values.some((one) => compare(one, when.operator, when.answer));
}

/** The places that show; an answer of a hidden question counts as not given. */
export function shown(items: FormItem[], answers: Answers): Set<string> {
  const homes = new Map<string, string[]>();
  const settle = (level: FormItem[], path: string[]): void =>
    level.forEach((item) => {
      homes.set(item.link_id, path);
      settle(item.items ?? [], item.repeats ? [...path, item.link_id] : path);
    });
  settle(items, []);
  let visible = round(items, answers, homes, null);
  for (let n = 0; n < BOUND; n += 1) {
    const after = round(items, answers, homes, visible);
    if (after.size === visible.size && [...after].every((one) => visible.has(one))) break;
    visible = after;
  }
  return visible;
}
function round(items: FormItem[], answers: Answers, homes: Map<string, string[]>, visible: Set<string> | null): Set<string> {
  const found = new Set<string>();
  const pass = (level: FormItem[], here: Answers, path: Path): void =>
    level.forEach((item) => {
      const conditions = item.enable_when ?? [];
      const held = (one: EnableWhen) => holds(one, valuesOf(one.question, path));
      if (conditions.length && !(item.enable_behavior === "all" ? conditions.every(held) : conditions.some(held))) return;
      found.add(placeOf(path, item.link_id));
      if (item.repeats) rowsOf(item, here).forEach((row, n) => pass(item.items ?? [], row, [...path, [item.link_id, n]]));
      else pass(item.items ?? [], here, path);
    });
  /** From inside a repetition its own answer, from outside those of all repetitions. */
  function valuesOf(question: string, path: Path): unknown[] {
    const home = homes.get(question) ?? [];
    let here = answers;
    const at: Path = [];
    for (const [depth, [group, n]] of path.slice(0, home.length).entries()) {
      if (home[depth] !== group) break;
      const rows = here[group];
      here = Array.isArray(rows) && isObject(rows[n]) ? (rows[n] as Answers) : {};
      at.push([group, n]);
    }
    return below(question, home.slice(at.length), here, at);
  }
  function below(question: string, groups: string[], here: Answers, at: Path): unknown[] {
    if (groups.length) {
      const rows = here[groups[0]];
      return (Array.isArray(rows) ? rows : []).flatMap((row, n) => below(question, groups.slice(1), isObject(row) ? (row as Answers) : {}, [...at, [groups[0], n]]));
    }
    if (!(question in here) || (visible && !visible.has(placeOf(at, question)))) return [];
    const given = here[question];
    return Array.isArray(given) ? given : [given];
  }
  pass(items, answers, []);
  return found;
}

// --- what is on the page -----------------------------------------------------------------------------------

/** One line of the page: an item, the head of the n-th repetition of a group, or the button that adds one. */
export interface Line { key: string; kind: "item" | "row" | "add"; item: FormItem; path: Path; depth: number; number: number | null; n: number; full: boolean }

export function linesOf(items: FormItem[], answers: Answers, visible: Set<string> = shown(items, tidied(items, answers))): Line[] {
  let count = 0;
  const walk = (level: FormItem[], here: Answers, path: Path, depth: number): Line[] =>
    level.flatMap((item) => {
      const key = placeOf(path, item.link_id);
      if (!visible.has(key)) return [];
      const line: Line = { key, kind: "item", item, path, depth, number: isQuestion(item) ? ++count : null, n: 0, full: false };
      if (!item.repeats) return [line, ...walk(item.items ?? [], here, path, depth + 1)];
      const rows = rowsOf(item, here);
      const inside = rows.flatMap((row, n): Line[] => [
        { ...line, key: `${key}#${n}`, kind: "row", n },
        ...walk(item.items ?? [], row, [...path, [item.link_id, n]], depth + 1),
      ]);
      return [line, ...inside, { ...line, key: `${key}#+`, kind: "add", n: rows.length, full: item.most != null && rows.length >= item.most }];
    });
  return walk(items, answers, [], 0);
}

const home = (answers: Answers, path: Path): Answers =>
  path.reduce((here, [group, n]) => ((here[group] as Answers[] | undefined)?.[n] ?? {}) as Answers, answers);
export const valueAt = (answers: Answers, path: Path, link: string): Answer | undefined => home(answers, path)[link];
/** Answers changed in one place; nothing given takes the answer away. */
export function changed(answers: Answers, path: Path, link: string, value: Answer | undefined): Answers {
  if (!path.length) {
    const { [link]: _before, ...others } = answers;
    return value === undefined ? others : { ...answers, [link]: value };
  }
  const [[group, n], ...rest] = path;
  const rows = [...((answers[group] as Answers[] | undefined) ?? [])];
  rows[n] = changed(rows[n] ?? {}, rest, link, value);
  return { ...answers, [group]: rows };
}
export const added = (answers: Answers, path: Path, group: string): Answers =>
  changed(answers, path, group, [...((valueAt(answers, path, group) as Answers[] | undefined) ?? []), {}]);
export const removed = (answers: Answers, path: Path, group: string, n: number): Answers =>
  changed(answers, path, group, ((valueAt(answers, path, group) as Answers[] | undefined) ?? []).filter((_row, at) => at !== n));

/** How far the patient is: questions answered, of those asked. */
export function progressOf(lines: Line[], answers: Answers): { done: number; all: number } {
  const questions = lines.filter((line) => line.kind === "item" && isQuestion(line.item));
  return { done: questions.filter((line) => !isEmpty(valueAt(answers, line.path, line.item.link_id))).length, all: questions.length };
}

// --- what is sent ------------------------------------------------------------------------------------------

const asNumber = (given: unknown): unknown => (typeof given === "string" && /^[-+]?(\d+\.?\d*|\.\d+)$/.test(given.trim()) ? Number(given) : given);
function tidy(item: FormItem, given: Answer): Answer | undefined {
  if (isNumber(item)) return asNumber(given) as Answer;
  if (item.type === "quantity" && isObject(given)) {
    if (isEmpty(given.value)) return undefined;
    const unit = given.unit ?? item.units?.[0]?.value;
    return unit === undefined ? { value: asNumber(given.value) } : { value: asNumber(given.value), unit };
  }
  if (isObject(given) && "other" in given) return String(given.other ?? "").trim() ? { other: String(given.other).trim() } : undefined;
  if (Array.isArray(given)) return given.map((one) => (isObject(one) ? tidy({ ...item, type: "open_choice" }, one) : one)).filter((one) => !isEmpty(one));
  return typeof given === "string" ? given.trim() : given;
}
/** Numbers as numbers, blanks left out; with `visible` only what shows. Rows stay where they are, so that places do. */
export function tidied(items: FormItem[], answers: Answers, visible?: Set<string>, path: Path = []): Answers {
  const kept: Answers = {};
  const walk = (level: FormItem[]): void =>
    level.forEach((item) => {
      const given = answers[item.link_id];
      if (visible && !visible.has(placeOf(path, item.link_id))) return;
      if (item.repeats) {
        const rows = rowsOf(item, answers).map((row, n) => tidied(item.items ?? [], row, visible, [...path, [item.link_id, n]]));
        if (rows.length) kept[item.link_id] = rows;
        return;
      }
      if (isQuestion(item) && !isEmpty(given)) {
        const value = tidy(item, given);
        if (value !== undefined && !isEmpty(value)) kept[item.link_id] = value;
      }
      walk(item.items ?? []);
    });
  walk(items);
  return kept;
}
export const answersToSend = (items: FormItem[], answers: Answers): Answers => tidied(items, answers, shown(items, tidied(items, answers)));

/** Puts one option of a question with several answers in or out. */
export function toggled(value: Answer | undefined, option: string): unknown[] {
  const given = Array.isArray(value) ? value : isEmpty(value) ? [] : [value];
  return given.includes(option) ? given.filter((one) => one !== option) : [...given, option];
}

// --- what is wrong -----------------------------------------------------------------------------------------

const text = (item: FormItem, given: unknown): Trouble | null => {
  if (typeof given !== "string") return "wrong_type";
  if (item.max_length != null && [...given].length > item.max_length) return "too_long";
  return item.pattern && !fits(item.pattern, given) ? "wrong_pattern" : null;
};
/** Whether the whole text fits; what this phone cannot read, or could hang it, is left to the server. */
function fits(pattern: string, given: string): boolean {
  const greedy = pattern.match(/[+*]|,\}/g) ?? []; // each of these may try every place
  if (given.length > 200 || /\)[+*{]/.test(pattern) || greedy.length > 3) return true;
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(given);
  } catch {
    return true;
  }
}
const choice = (item: FormItem, given: unknown): Trouble | null =>
  typeof given !== "string" ? "wrong_type" : (item.options ?? []).some((one) => one.value === given) ? null : "unknown_option";
const open = (item: FormItem, given: unknown): Trouble | null => (isObject(given) ? (given.other ? text(item, given.other) : "wrong_type") : choice(item, given));
function several(item: FormItem, given: unknown): Trouble | null {
  if (!Array.isArray(given)) return "wrong_type";
  if (item.most != null && given.length > item.most) return "too_many";
  for (const one of given) {
    const found = item.type === "open_multi" ? open(item, one) : choice(item, one);
    if (found) return found;
  }
  return null;
}
function number(item: FormItem, given: unknown): Trouble | null {
  if (typeof given !== "number" || !Number.isFinite(given) || (item.type === "integer" && !Number.isInteger(given))) return "wrong_type";
  if (given < (item.min ?? -LARGEST) || given > (item.max ?? LARGEST)) return "out_of_range";
  if (item.type !== "slider" || !item.step) return null;
  const steps = (given - (item.min ?? 0)) / item.step;
  return Math.abs(steps - Math.round(steps)) < 1e-6 ? null : "out_of_range";
}
function quantity(item: FormItem, given: unknown): Trouble | null {
  if (!isObject(given)) return "wrong_type";
  if (item.units?.length && !item.units.some((one) => one.value === given.unit)) return "unknown_option";
  return number(item, given.value);
}
function day(item: FormItem, given: unknown): Trouble | null {
  const said = String(given).slice(0, 10);
  if (typeof given !== "string" || !/^\d{4}-\d\d-\d\d$/.test(said) || Number.isNaN(Date.parse(said))) return "wrong_type";
  return (item.earliest || said) <= said && said <= (item.latest || said) ? null : "out_of_range";
}
const instant = (item: FormItem, given: unknown): Trouble | null => (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)$/.test(String(given)) ? day(item, given) : "wrong_type");
const clock = (_item: FormItem, given: unknown): Trouble | null => (/^([01]\d|2[0-3]):[0-5]\d$/.test(String(given)) ? null : "wrong_type");
const photos = (item: FormItem, given: unknown): Trouble | null => (!Array.isArray(given) ? "wrong_type" : given.length > (item.most || 1) ? "too_many" : null);

const CHECKS: Partial<Record<FormItem["type"], (item: FormItem, given: unknown) => Trouble | null>> = {
  boolean: (_item, given) => (typeof given === "boolean" ? null : "wrong_type"),
  choice, dropdown: choice, multi: several, body_site: several, open_choice: open, open_multi: several,
  integer: number, decimal: number, slider: number, quantity, date: (item, given) => (String(given).length === 10 ? day(item, given) : "wrong_type"), datetime: instant, time: clock, string: text, text, photo: photos,
};
/** What is wrong with a tidy answer; null when nothing is. */
export function troubleOf(item: FormItem, given: Answer | undefined): Trouble | null {
  if (!isQuestion(item)) return null;
  return isEmpty(given) ? (item.required ? "required" : null) : (CHECKS[item.type]?.(item, given) ?? null);
}
/** All troubles of the questions that show, by place. */
export function troublesOf(items: FormItem[], answers: Answers): Record<string, Trouble> {
  const tidy = tidied(items, answers);
  const found: Record<string, Trouble> = {};
  for (const line of linesOf(items, answers)) {
    if (line.kind === "add" && line.item.most != null && line.n > line.item.most) found[line.key.slice(0, -2)] = "too_many";
    const trouble = line.kind === "item" && !line.item.repeats ? troubleOf(line.item, valueAt(tidy, line.path, line.item.link_id)) : null;
    if (trouble) found[line.key] = trouble;
  }
  return found;
}

// --- small helps for both faces ----------------------------------------------------------------------------

/** The steps of a slider when they are few enough to be buttons (0–10), else null. */
export function stepsOf(item: FormItem): number[] | null {
  const low = item.min ?? 0;
  const step = item.step || 1;
  const count = Math.floor(((item.max ?? 10) - low) / step) + 1;
  return count >= 2 && count <= 11 ? Array.from({ length: count }, (_one, i) => low + i * step) : null;
}
const REGIONS: [string, RegExp][] = [
  ["头和脖子", /^(head|face|neck|(left|right)-(eye|ear))$/],
  ["身体", /^(chest|upper-abdomen|lower-abdomen|groin|upper-back|lower-back|buttocks)$/],
  ["手臂", /^(left|right)-(shoulder|upper-arm|elbow|forearm|wrist|hand)$/],
  ["腿脚", /^(left|right)-(hip|thigh|knee|calf|ankle|foot)$/],
];
/** The places of the body by region; those that nobody knows stand under 其他. */
export function regionsOf(options: { value: string; label: string }[]): { title: string; options: { value: string; label: string }[] }[] {
  const groups = REGIONS.map(([title, known]) => ({ title, options: options.filter((one) => known.test(one.value)) }));
  const known = groups.flatMap((one) => one.options);
  const rest = options.filter((one) => !known.includes(one));
  return [...groups, { title: known.length ? "其他" : "", options: rest }].filter((one) => one.options.length);
}
