// A pasted list of patients: one per line or separated by commas; each entry once, in order.
export const PASTE_LIMIT = 100;

export function entriesOf(pasted: string): string[] {
  const entries = pasted
    .split(/[\n\r\t,，;；、]+/)
    .map((entry) => entry.trim().replace(/\s+/g, " "))
    .filter(Boolean);
  return [...new Set(entries)];
}
