// Scores over time, and which follow-up a person should look at first.
import type { Followup, LineSeries } from "../types";

/** A number without needless zeros: 12, 7.5 */
export function numberText(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export interface Series {
  title: string;
  points: { at: string; score: number; red: boolean }[];
  bands?: { label: string; low: number; high: number | null }[];
}

/** One questionnaire of a patient's line, for the chart. */
export function ofLine(line: LineSeries): Series {
  const points = line.points.map((point) => ({ at: point.at, score: point.total, red: point.red }));
  return { title: line.title, points, bands: line.bands };
}

/** How high the chart must reach: above the highest score, and into the last band. */
export function topOf(line: Series): number {
  const scores = line.points.map((point) => point.score);
  const edges = (line.bands ?? []).map((band) => band.high ?? band.low * 1.25);
  return Math.ceil(Math.max(1, ...scores, ...edges));
}

/** One line per questionnaire, oldest answer first; answers without a score are left out. */
export function seriesOf(followups: readonly Followup[]): Series[] {
  const series = new Map<string, Series>();
  for (const one of followups) {
    if (one.total === null || !one.answered_at) continue;
    const line = series.get(one.title) ?? { title: one.title, points: [] };
    line.points.push({ at: one.answered_at, score: one.total, red: one.red });
    series.set(one.title, line);
  }
  for (const line of series.values()) line.points.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [...series.values()];
}

/** "出院随访：2026-10-01 12 分，2026-11-01 7 分（红旗）", for those who cannot see the chart. */
export function seriesText(line: Series, dayOf: (at: string) => string): string {
  const points = line.points.map(
    (point) => `${dayOf(point.at)} ${numberText(point.score)} 分${point.red ? "（红旗）" : ""}`,
  );
  return `${line.title}：${points.join("，")}`;
}

/** Red answers first, then those overdue, then what is due soonest; each once. */
export function mostUrgentFirst(followups: readonly Followup[]): Followup[] {
  const rank = (one: Followup) => (one.red ? 0 : one.status === "expired" ? 1 : 2);
  const once = new Map(followups.map((one) => [one.id, one]));
  return [...once.values()].sort((a, b) => rank(a) - rank(b) || Date.parse(a.due_at) - Date.parse(b.due_at));
}
