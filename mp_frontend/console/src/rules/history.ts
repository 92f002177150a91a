// Undo and redo: states one after another; changes of the same field in quick succession are one step.
const MOST = 100;
const SOON = 1500;

export interface History<T> {
  past: T[];
  present: T;
  future: T[];
  last: { field: string; at: number } | null;
}

export const begin = <T>(present: T): History<T> => ({ past: [], present, future: [], last: null });

/** A further state. `field`: what was changed; "" never joins the step before. */
export function step<T>(history: History<T>, present: T, field: string, at: number): History<T> {
  if (present === history.present) return history;
  const joins = field !== "" && history.last?.field === field && at - history.last.at < SOON && history.past.length > 0;
  const past = joins ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present, future: [], last: { field, at } };
}
export function undo<T>({ past, present, future }: History<T>): History<T> {
  if (!past.length) return { past, present, future, last: null };
  return { past: past.slice(0, -1), present: past[past.length - 1], future: [present, ...future], last: null };
}
export function redo<T>({ past, present, future }: History<T>): History<T> {
  if (!future.length) return { past, present, future, last: null };
  return { past: [...past, present], present: future[0], future: future.slice(1), last: null };
}
