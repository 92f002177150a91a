// Changing the items of a FHIR Questionnaire: each operation gives a new one and leaves what it does not know untouched.
import type { FormItem } from "../types";
import {
  chinese,
  controls,
  optionValue,
  setControl,
  setExtension,
  type FhirItem,
  type FhirOption,
  type FhirQuestionnaire,
} from "./fhir";

export type Kind = FormItem["type"];
export const KINDS: Record<Kind, string> = {
  choice: "单选",
  multi: "多选",
  dropdown: "下拉选择",
  boolean: "是或否",
  open_choice: "单选，可自己写",
  open_multi: "多选，可自己写",
  integer: "整数",
  decimal: "小数",
  quantity: "数和单位",
  slider: "打分（0–10 等）",
  date: "日期",
  datetime: "日期和时间",
  time: "几点几分",
  string: "一行文字",
  text: "多行文字",
  photo: "拍照",
  body_site: "身体部位",
  group: "题组",
  display: "说明文字",
};
export const CHOICES: Kind[] = ["choice", "multi", "dropdown", "open_choice", "open_multi"];
export const NUMBERS: Kind[] = ["integer", "decimal", "slider", "quantity"];
const DAYS: Kind[] = ["date", "datetime"];
export const TEXTS: Kind[] = ["string", "text", "open_choice", "open_multi"];
export const isQuestion = (kind: Kind): boolean => kind !== "group" && kind !== "display";

const TYPES: Record<string, Kind> = {
  group: "group", display: "display", question: "string", boolean: "boolean", integer: "integer", decimal: "decimal", quantity: "quantity", string: "string",
  text: "text", date: "date", dateTime: "datetime", time: "time", choice: "choice", coding: "choice", "open-choice": "open_choice", attachment: "photo",
}; // prettier-ignore
const WRITTEN: Record<Kind, { type: string; control?: string; repeats?: boolean }> = {
  group: { type: "group" },
  display: { type: "display" },
  boolean: { type: "boolean" },
  integer: { type: "integer" },
  decimal: { type: "decimal" },
  quantity: { type: "quantity" },
  date: { type: "date" },
  datetime: { type: "dateTime" },
  time: { type: "time" },
  string: { type: "string" },
  text: { type: "text" },
  photo: { type: "attachment" },
  choice: { type: "choice" },
  multi: { type: "choice", repeats: true },
  dropdown: { type: "choice", control: "drop-down" },
  open_choice: { type: "open-choice" },
  open_multi: { type: "open-choice", repeats: true },
  body_site: { type: "choice", control: "body-site", repeats: true },
  slider: { type: "integer", control: "slider" },
};
const KNOWN_CONTROLS = ["drop-down", "autocomplete", "slider", "body-site", "text-area"];

/** What kind of question the server reads an item as. */
export function kindOf(item: FhirItem): Kind {
  const kind = TYPES[item.type] ?? (item.item?.length && !item.answerOption ? "group" : "string");
  const wanted = controls(item);
  const listed =
    item.answerOption?.length && ["string", "text", "integer", "date", "time"].includes(kind) ? "choice" : kind;
  if (listed === "choice" || listed === "open_choice") {
    if (wanted.includes("body-site")) return "body_site";
    if (listed === "open_choice" || item.answerConstraint === "optionsOrString")
      return item.repeats ? "open_multi" : "open_choice";
    if (item.repeats) return "multi";
    return wanted.includes("drop-down") || wanted.includes("autocomplete") ? "dropdown" : "choice";
  }
  if ((kind === "integer" || kind === "decimal") && wanted.includes("slider")) return "slider";
  return kind === "string" && wanted.includes("text-area") ? "text" : kind;
}

/** The words at the ends of a scale stand as display items inside it. */
export const isEndText = (item: FhirItem): boolean =>
  item.type === "display" && controls(item).some((one) => one === "lower" || one === "upper");
const childrenOf = (item: FhirItem): FhirItem[] => (item.item ?? []).filter((one) => !isEndText(one));

export interface Found {
  item: FhirItem;
  kind: Kind;
  depth: number;
  above: FhirItem[];
}
/** All items, parents before their children. */
export function itemsOf(source: FhirQuestionnaire): Found[] {
  const walk = (level: FhirItem[], above: FhirItem[]): Found[] =>
    level.flatMap((item) => [
      { item, kind: kindOf(item), depth: above.length, above },
      ...walk(childrenOf(item), [...above, item]),
    ]);
  return walk(source.item ?? [], []);
}
export const itemOf = (source: FhirQuestionnaire, linkId: string): FhirItem | undefined =>
  itemsOf(source).find((one) => one.item.linkId === linkId)?.item;
const copyOf = <T>(source: T): T => JSON.parse(JSON.stringify(source)) as T;

/** The same questionnaire with one item changed. */
export function changeItem(
  source: FhirQuestionnaire,
  linkId: string,
  change: (item: FhirItem) => void,
): FhirQuestionnaire {
  const copy = copyOf(source);
  const found = itemOf(copy, linkId);
  if (found) change(found);
  return copy;
}
export function changeHead(source: FhirQuestionnaire, change: (head: FhirQuestionnaire) => void): FhirQuestionnaire {
  const copy = copyOf(source);
  change(copy);
  return copy;
}

function freeLinkId(taken: Set<string>, wish = "q"): string {
  const stem = wish.replace(/-\d+$/, "");
  for (let n = stem === "q" ? 1 : 2; ; n += 1) {
    const link = `${stem}${stem === "q" ? "" : "-"}${n}`;
    if (!taken.has(link)) return link;
  }
}
const everyLink = (level: FhirItem[] = []): string[] => level.flatMap((one) => [one.linkId, ...everyLink(one.item)]);
const taken = (source: FhirQuestionnaire): Set<string> => new Set(everyLink(source.item));

export function newOption(options: FhirOption[], label: string): FhirOption {
  const used = new Set(options.map(optionValue));
  const system = options.find((one) => one.valueCoding?.system)?.valueCoding?.system;
  for (let n = options.length + 1; ; n += 1)
    if (!used.has(`a${n}`)) return { valueCoding: { ...(system ? { system } : {}), code: `a${n}`, display: label } };
}

/** Makes an item another kind, in place: what the new kind cannot have goes. */
export function setKind(item: FhirItem, kind: Kind): void {
  const before = kindOf(item);
  if (before === kind) return;
  const { type, control, repeats } = WRITTEN[kind];
  item.type = type;
  delete item.answerConstraint;
  if (control || controls(item).some((one) => KNOWN_CONTROLS.includes(one))) setControl(item, control ?? null);
  if (repeats) item.repeats = true;
  else delete item.repeats;
  if (!isQuestion(kind)) delete item.required;
  if (CHOICES.includes(kind)) {
    const offered = item.answerOption ?? [];
    if (!offered.length && !item.answerValueSet)
      item.answerOption = ["选项一", "选项二"].reduce<FhirOption[]>(
        (all, label) => [...all, newOption(all, label)],
        [],
      );
  } else {
    delete item.answerOption;
    delete item.answerValueSet;
  }
  const same = (group: Kind[]) => group.includes(before) && group.includes(kind);
  if (!same(NUMBERS) && !same(DAYS))
    for (const name of ["minValue", "maxValue"]) setExtension(item, name, "", undefined);
  if (!TEXTS.includes(kind)) {
    delete item.maxLength;
    for (const name of ["regex", "entryFormat"]) setExtension(item, name, "", undefined);
  }
  if (!NUMBERS.includes(kind))
    for (const name of ["questionnaire-unit", "questionnaire-unitOption"]) setExtension(item, name, "", undefined);
  if (before === "slider") {
    setExtension(item, "questionnaire-sliderStepValue", "", undefined);
    item.item = childrenOf(item);
    if (!item.item.length) delete item.item;
  }
  if (kind === "slider") {
    setExtension(item, "minValue", "valueInteger", 0);
    setExtension(item, "maxValue", "valueInteger", 10);
    setExtension(item, "questionnaire-sliderStepValue", "valueInteger", 1);
  }
}

/** The words at one end of a scale. */
export function endText(item: FhirItem, end: "lower" | "upper"): string {
  const found = (item.item ?? []).find((one) => isEndText(one) && controls(one).includes(end));
  return found ? chinese(found, "text") : "";
}
export function setEndText(
  source: FhirQuestionnaire,
  linkId: string,
  end: "lower" | "upper",
  text: string,
): FhirQuestionnaire {
  const used = taken(source);
  return changeItem(source, linkId, (item) => {
    const rest = (item.item ?? []).filter((one) => !(isEndText(one) && controls(one).includes(end)));
    const old = (item.item ?? []).find((one) => isEndText(one) && controls(one).includes(end));
    const made: FhirItem = old
      ? { ...old, text }
      : { linkId: freeLinkId(used, `${linkId}-${end}`), type: "display", text };
    if (!old) setControl(made, end);
    item.item = text ? [...rest, made] : rest;
    if (!item.item.length) delete item.item;
  });
}

// --- adding, copying, taking away -----------------------------------------------------------------------------

/** The list that an item stands in, with its place there. */
function listOf(source: FhirQuestionnaire, linkId: string): { list: FhirItem[]; at: number } | null {
  const search = (list: FhirItem[]): { list: FhirItem[]; at: number } | null => {
    const at = list.findIndex((one) => one.linkId === linkId);
    if (at >= 0) return { list, at };
    for (const one of list) {
      const found = search(one.item ?? []);
      if (found) return found;
    }
    return null;
  };
  return search((source.item ??= []));
}

/** A new item after the one that is named (into it, when it is a group), or at the end. */
export function addItem(
  source: FhirQuestionnaire,
  kind: Kind,
  after: string | null,
): { source: FhirQuestionnaire; linkId: string } {
  const copy = copyOf(source);
  const linkId = freeLinkId(taken(copy));
  const made: FhirItem = {
    linkId,
    text: kind === "group" ? "新的题组" : kind === "display" ? "请在这里写说明" : "新的题目",
    type: "string",
  };
  setKind(made, kind);
  made.type = WRITTEN[kind].type;
  const place = after === null ? null : listOf(copy, after);
  const target = place?.list[place.at];
  if (target && kindOf(target) === "group" && kind !== "group") target.item = [...(target.item ?? []), made];
  else if (place) place.list.splice(place.at + 1, 0, made);
  else (copy.item ??= []).push(made);
  return { source: copy, linkId };
}

/** A copy right behind the item, with new linkIds; conditions among the copied ones follow. */
export function duplicateItem(
  source: FhirQuestionnaire,
  linkId: string,
): { source: FhirQuestionnaire; linkId: string } {
  const copy = copyOf(source);
  const place = listOf(copy, linkId);
  if (!place) return { source, linkId };
  const used = taken(copy);
  const names = new Map<string, string>();
  const made = copyOf(place.list[place.at]);
  const rename = (item: FhirItem): void => {
    const fresh = freeLinkId(used, item.linkId);
    used.add(fresh);
    names.set(item.linkId, fresh);
    item.linkId = fresh;
    item.item?.forEach(rename);
  };
  rename(made);
  const follow = (item: FhirItem): void => {
    for (const when of item.enableWhen ?? []) when.question = names.get(when.question) ?? when.question;
    item.item?.forEach(follow);
  };
  follow(made);
  place.list.splice(place.at + 1, 0, made);
  return { source: copy, linkId: made.linkId };
}

/** Without the item and what is in it; conditions that asked for it go too, `lost` names whose. */
export function removeItem(
  source: FhirQuestionnaire,
  linkId: string,
): { source: FhirQuestionnaire; gone: string[]; lost: string[] } {
  const copy = copyOf(source);
  const place = listOf(copy, linkId);
  if (!place) return { source, gone: [], lost: [] };
  const [out] = place.list.splice(place.at, 1);
  const gone = everyLink([out]);
  const lost: string[] = [];
  const walk = (level: FhirItem[] = []): void =>
    level.forEach((item) => {
      const kept = (item.enableWhen ?? []).filter((one) => !gone.includes(one.question));
      if (item.enableWhen && kept.length < item.enableWhen.length) {
        lost.push(item.linkId);
        item.enableWhen = kept;
        if (!kept.length) {
          delete item.enableWhen;
          delete item.enableBehavior;
        }
      }
      walk(item.item);
    });
  walk(copy.item);
  return { source: copy, gone, lost };
}

/** Gives an item another linkId, in conditions too; null when it is empty or taken. */
export function renameItem(source: FhirQuestionnaire, linkId: string, wanted: string): FhirQuestionnaire | null {
  const name = wanted.trim();
  if (name === linkId) return source;
  if (!name || name.length > 64 || taken(source).has(name)) return null;
  const copy = copyOf(source);
  const walk = (level: FhirItem[] = []): void =>
    level.forEach((item) => {
      if (item.linkId === linkId) item.linkId = name;
      for (const when of item.enableWhen ?? []) if (when.question === linkId) when.question = name;
      walk(item.item);
    });
  walk(copy.item);
  return copy;
}

// --- order ----------------------------------------------------------------------------------------------------

export interface Branch {
  id: string;
  children: Branch[];
}
export const treeOf = (level: FhirItem[] = []): Branch[] =>
  level.filter((one) => !isEndText(one)).map((one) => ({ id: one.linkId, children: treeOf(one.item) }));
const idsOf = (level: Branch[]): string[] => level.flatMap((one) => [one.id, ...idsOf(one.children)]);

/** The items in another order or under other groups; anything else than the same items changes nothing. */
export function reorder(source: FhirQuestionnaire, tree: Branch[]): FhirQuestionnaire {
  const copy = copyOf(source);
  const known = new Map(itemsOf(copy).map((one) => [one.item.linkId, one.item]));
  const wanted = idsOf(tree);
  if (wanted.length !== known.size || new Set(wanted).size !== known.size || wanted.some((one) => !known.has(one)))
    return source;
  const build = (level: Branch[]): FhirItem[] =>
    level.map((branch) => {
      const item = known.get(branch.id)!;
      const inside = [...(item.item ?? []).filter(isEndText), ...build(branch.children)];
      if (inside.length) item.item = inside;
      else delete item.item;
      return item;
    });
  copy.item = build(tree);
  return copy;
}

/** One step up or down among its neighbours, into the group before it, or out of its group. */
export function moved(source: FhirQuestionnaire, linkId: string, way: "up" | "down" | "in" | "out"): FhirQuestionnaire {
  const tree = treeOf(source.item);
  const walk = (list: Branch[], outer: Branch[] | null, outerAt: number): boolean => {
    const at = list.findIndex((one) => one.id === linkId);
    if (at < 0) return list.some((one, n) => walk(one.children, list, n));
    const before = list[at - 1];
    if (way === "up" && at > 0) list.splice(at - 1, 0, ...list.splice(at, 1));
    else if (way === "down" && at < list.length - 1) list.splice(at + 1, 0, ...list.splice(at, 1));
    else if (way === "in" && before && kindOf(itemOf(source, before.id)!) === "group")
      before.children.push(...list.splice(at, 1));
    else if (way === "out" && outer) outer.splice(outerAt + 1, 0, ...list.splice(at, 1));
    return true;
  };
  walk(tree, null, 0);
  return reorder(source, tree);
}
