// Reading and writing single places of a FHIR Questionnaire; whatever is not known here stays as it is.
export interface Extension {
  url: string;
  [value: string]: unknown;
}
export interface FhirOption {
  extension?: Extension[];
  valueCoding?: { system?: string; code?: string; display?: string; [other: string]: unknown };
  [other: string]: unknown;
}
export interface FhirWhen {
  question: string;
  operator: string;
  [answer: string]: unknown;
}
export interface FhirItem {
  linkId: string;
  type: string;
  text?: string;
  required?: boolean;
  repeats?: boolean;
  maxLength?: number;
  answerOption?: FhirOption[];
  enableWhen?: FhirWhen[];
  enableBehavior?: string;
  extension?: Extension[];
  item?: FhirItem[];
  [other: string]: unknown;
}
export interface FhirQuestionnaire {
  title?: string;
  version?: string;
  description?: string;
  item?: FhirItem[];
  [other: string]: unknown;
}
interface Extended {
  extension?: Extension[];
}

const HL7 = "http://hl7.org/fhir/StructureDefinition/";
export const CONTROLS = "http://hl7.org/fhir/questionnaire-item-control";
const UCUM = "http://unitsofmeasure.org";

const lastPart = (url: unknown): string =>
  String(url ?? "")
    .split("/")
    .pop() ?? "";
function valueOf(source: Record<string, unknown>): unknown {
  const key = Object.keys(source).find((one) => one.startsWith("value"));
  return key === undefined ? undefined : source[key];
}

/** The value of the first extension whose address ends in this name. */
export function extension(source: Extended | undefined, name: string): unknown {
  const found = (source?.extension ?? []).find((one) => lastPart(one.url) === name);
  return found && valueOf(found);
}
/** Sets an extension in place, whatever type its value had before; `undefined` takes it away. */
export function setExtension(source: Extended, name: string, key: string, value: unknown): void {
  const list = source.extension ?? [];
  const at = list.findIndex((one) => lastPart(one.url) === name);
  const rest = list.filter((one) => lastPart(one.url) !== name);
  if (value !== undefined)
    rest.splice(at < 0 ? rest.length : at, 0, { url: at < 0 ? HL7 + name : list[at].url, [key]: value });
  if (rest.length) source.extension = rest;
  else delete source.extension;
}
export function numberOf(value: unknown): number | null {
  const found = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}

/** A text in Chinese where the file carries a translation, otherwise as it stands: as the server reads it. */
export function chinese(source: Record<string, unknown>, name: string): string {
  return translation(source, name)?.text ?? (typeof source[name] === "string" ? (source[name] as string) : "");
}
export function setChinese(source: Record<string, unknown>, name: string, text: string): void {
  const found = translation(source, name);
  if (found) found.content[found.key] = text;
  else if (text) source[name] = text;
  else delete source[name];
}
function translation(source: Record<string, unknown>, name: string) {
  for (const one of ((source[`_${name}`] as Extended | undefined)?.extension ?? []).filter(
    (e) => lastPart(e.url) === "translation",
  )) {
    const parts = (one.extension ?? []) as Extension[];
    const lang = String(valueOf(parts.find((part) => part.url === "lang") ?? {}) ?? "");
    const content = parts.find((part) => part.url === "content");
    const key = content && Object.keys(content).find((part) => part.startsWith("value"));
    if (/^zh(-|$)/i.test(lang) && content && key && content[key]) return { text: String(content[key]), content, key };
  }
  return null;
}

interface Concept {
  coding?: { code?: string }[];
  text?: string;
}
const controlName = (source: FhirItem) =>
  extension(source, "questionnaire-itemControl") === undefined ? "item-control" : "questionnaire-itemControl";
/** How an item wants to be shown: drop-down, slider … */
export function controls(source: FhirItem): string[] {
  const concept = extension(source, controlName(source)) as Concept | undefined;
  return [...(concept?.coding ?? []).map((one) => one.code ?? ""), concept?.text ?? ""].filter(Boolean);
}
export function setControl(source: FhirItem, code: string | null): void {
  setExtension(source, "item-control", "", undefined);
  setExtension(
    source,
    "questionnaire-itemControl",
    "valueCodeableConcept",
    code ? { coding: [{ system: CONTROLS, code }] } : undefined,
  );
}

// --- options ------------------------------------------------------------------------------------------------

const POINTS = [
  "ordinalValue",
  "itemWeight",
  "questionnaire-ordinalValue",
  "valueset-ordinalValue",
  "codesystem-ordinalValue",
];
const plainKey = (option: FhirOption): string | undefined =>
  Object.keys(option).find((key) => key.startsWith("value") && key !== "valueCoding");
/** What an answer holds when this option is chosen. */
export function optionValue(option: FhirOption): string {
  const key = plainKey(option);
  return option.valueCoding?.code || option.valueCoding?.display || (key ? String(option[key] ?? "") : "");
}
export function optionLabel(option: FhirOption): string {
  return (option.valueCoding ? chinese(option.valueCoding, "display") : "") || optionValue(option);
}
export function setOptionLabel(option: FhirOption, label: string): void {
  const key = plainKey(option);
  if (option.valueCoding) setChinese(option.valueCoding, "display", label);
  else if (key) option[key] = key === "valueInteger" ? (numberOf(label) ?? label) : label;
}
const places = (option: FhirOption): Extended[] => {
  const key = plainKey(option);
  return [option, option.valueCoding, key ? (option[`_${key}`] as Extended | undefined) : undefined].filter(
    (one): one is Extended => !!one,
  );
};
export function optionPoints(option: FhirOption): number | null {
  for (const place of places(option))
    for (const name of POINTS) {
      const found = numberOf(extension(place, name));
      if (found !== null) return found;
    }
  return null;
}
/** Points stand on the option; those in other places of it are taken away. */
export function setOptionPoints(option: FhirOption, points: number | null): void {
  for (const place of places(option))
    for (const name of POINTS)
      if (place !== option || name !== "ordinalValue" || points === null) setExtension(place, name, "", undefined);
  if (points !== null) setExtension(option, "ordinalValue", "valueDecimal", points);
}

// --- units --------------------------------------------------------------------------------------------------

export interface Unit {
  code: string;
  label: string;
}
export function units(source: FhirItem): Unit[] {
  const offered = (source.extension ?? [])
    .filter((one) => lastPart(one.url) === "questionnaire-unitOption")
    .map((one) => one.valueCoding);
  const single = extension(source, "questionnaire-unit");
  return (offered.length ? offered : single ? [single] : []).map((one) => {
    const coding = (one ?? {}) as Record<string, unknown>;
    return {
      code: String(coding.code ?? coding.display ?? ""),
      label: chinese(coding, "display") || String(coding.code ?? ""),
    };
  });
}
export function setUnits(source: FhirItem, wanted: Unit[]): void {
  const before = new Map(
    (source.extension ?? [])
      .filter((one) => lastPart(one.url) === "questionnaire-unitOption")
      .map((one) => [(one.valueCoding as { code?: string })?.code, one]),
  );
  const others = (source.extension ?? []).filter(
    (one) => !["questionnaire-unitOption", "questionnaire-unit"].includes(lastPart(one.url)),
  );
  const made = wanted.map(({ code, label }) => {
    const old = before.get(code)?.valueCoding as Record<string, unknown> | undefined;
    return {
      url: `${HL7}questionnaire-unitOption`,
      valueCoding: { ...(old ?? { system: UCUM, code }), display: label || code },
    };
  });
  source.extension = [...others, ...made];
  if (!source.extension.length) delete source.extension;
}
export function setUnit(source: FhirItem, label: string): void {
  const old = extension(source, "questionnaire-unit") as Record<string, unknown> | undefined;
  const coding = { ...old };
  if (old) setChinese(coding, "display", label);
  setExtension(
    source,
    "questionnaire-unit",
    "valueCoding",
    label ? (old ? coding : { code: label, display: label }) : undefined,
  );
}

/** The file with lists where lists belong and linkIds as text, as the server reads it; the same one when nothing is amiss. */
export function listed(source: FhirQuestionnaire): FhirQuestionnaire {
  const before = JSON.stringify(source);
  const walk = (given: Record<string, unknown>): void => {
    for (const name of ["item", "answerOption", "enableWhen", "extension"]) {
      const found = given[name];
      if (found === undefined) continue;
      const list = Array.isArray(found) ? found : [found];
      given[name] = list.filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null);
    }
    for (const name of ["linkId", "question"]) if (typeof given[name] === "number") given[name] = String(given[name]);
    for (const name of ["item", "enableWhen"]) (given[name] as Record<string, unknown>[] | undefined)?.forEach(walk);
  };
  const copy = JSON.parse(before) as FhirQuestionnaire;
  walk(copy);
  return JSON.stringify(copy) === before ? source : copy;
}
