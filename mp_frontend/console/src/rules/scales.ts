// A scoring plan as the editor shows it: the plain total is one of the values, and is written back as plainly as it can be.
import type { Band, RedFlag, Scale, Scoring } from "../types";
import { NUMBERS, type Found } from "./builder";

export const TOTAL = "total";
export const newScale = (name: string, label: string): Scale => ({
  name,
  label,
  items: [],
  method: "sum",
  reverse: [],
  reverse_from: 0,
  sexes: {},
  hidden: null,
  least: null,
  transform: null,
  points_from: 1,
  points_to: 5,
  decimals: 2,
  bands: [],
});

export function scalesOf(plan: Scoring): Scale[] {
  const plain =
    plan.sum.length || plan.bands.length ? [{ ...newScale(TOTAL, "总分"), items: plan.sum, bands: plan.bands }] : [];
  return [...plain, ...plan.scales];
}
/** Whether a value is nothing but a sum with bands, so that it can stand as the plain total. */
const isPlain = (one: Scale): boolean =>
  one.name === TOTAL &&
  one.label === "总分" &&
  one.method === "sum" &&
  !one.reverse.length &&
  !Object.keys(one.sexes).length &&
  one.hidden === null &&
  one.least === null &&
  !one.transform &&
  one.decimals === 2;

export function withScales(plan: Scoring, scales: Scale[]): Scoring {
  const plain = scales.find(isPlain);
  const rest = scales.filter((one) => one !== plain && one.items.length);
  const names = new Set([...rest.map((one) => one.name), ...(plain ? [TOTAL] : [])]);
  return {
    ...plan,
    sum: plain?.items ?? [],
    bands: plain?.bands ?? [],
    scales: rest,
    total: plan.total && !names.has(plan.total) ? null : plan.total,
  };
}
export function freeName(scales: Scale[]): string {
  for (let n = 1; ; n += 1) if (!scales.some((one) => one.name === `part-${n}`)) return `part-${n}`;
}

/** Questions that can count: numbers, choices, yes or no. */
export const countable = (items: Found[]): Found[] =>
  items.filter(({ kind }) => NUMBERS.includes(kind) || ["choice", "dropdown", "multi", "boolean"].includes(kind));

/** A band that goes on where the last one ends. */
export function nextBand(bands: Band[]): Band {
  const last = bands[bands.length - 1];
  const end = last?.max ?? last?.below;
  return {
    min: last ? (end ?? last.min) + (last.max === null || last.max === undefined ? 0 : 1) : 0,
    max: null,
    below: null,
    label: "",
    level: null,
    who: null,
    requires: [],
  };
}
/** What is wrong with bands, in words: gaps, overlaps, no name. */
export function bandTroubles(bands: Band[]): string[] {
  const found: string[] = [];
  bands.forEach((one, n) => {
    if (!one.label.trim()) found.push(`第 ${n + 1} 级没有名称`);
    if (one.max !== null && one.max < one.min) found.push(`第 ${n + 1} 级的最高分比最低分小`);
    const before = bands[n - 1];
    if (before && !before.who && !one.who && !one.requires.length && !before.requires.length) {
      if (before.max !== null && one.min <= before.max) found.push(`第 ${n} 级和第 ${n + 1} 级有重叠`);
      if (before.max === null && before.below === null) found.push(`第 ${n} 级没有写最高分，后面的用不上`);
    }
  });
  return found;
}

/** The plan without what is gone from the questionnaire. */
export function withoutItems(plan: Scoring, gone: string[]): Scoring {
  const kept = (list: string[]) => list.filter((one) => !gone.includes(one));
  const without = <V>(given: Record<string, V>) =>
    Object.fromEntries(Object.entries(given).filter(([key]) => !gone.includes(key)));
  return {
    ...plan,
    sum: kept(plan.sum),
    points: without(plan.points),
    scales: plan.scales
      .map((one) => ({ ...one, items: kept(one.items), reverse: kept(one.reverse), sexes: without(one.sexes) }))
      .filter((one) => one.items.length),
    red_flags: plan.red_flags.filter((one) => !gone.includes(one.link_id)),
  };
}
export function withRenamed(plan: Scoring, from: string, to: string): Scoring {
  const renamed = (list: string[]) => list.map((one) => (one === from ? to : one));
  const keyed = <V>(given: Record<string, V>) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key === from ? to : key, value]));
  return {
    ...plan,
    sum: renamed(plan.sum),
    points: keyed(plan.points),
    scales: plan.scales.map((one) => ({
      ...one,
      items: renamed(one.items),
      reverse: renamed(one.reverse),
      sexes: keyed(one.sexes),
    })),
    red_flags: plan.red_flags.map((one) => (one.link_id === from ? { ...one, link_id: to } : one)),
  };
}
export const newFlag = (
  link_id: string,
  operator: RedFlag["operator"],
  answer: RedFlag["answer"],
  text: string,
): RedFlag => ({ link_id, operator, answer, text, level: "red", who: null });
