// Writing questionnaires: operations on FHIR items keep what they do not know, conditions in words, undo, scoring plans.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  addItem,
  changeItem,
  duplicateItem,
  endText,
  itemOf,
  itemsOf,
  KINDS,
  kindOf,
  moved,
  removeItem,
  renameItem,
  reorder,
  setEndText,
  setKind,
  treeOf,
  type Kind,
} from "../src/rules/builder";
import {
  listed,
  optionLabel,
  optionPoints,
  setChinese,
  setOptionLabel,
  setOptionPoints,
  setUnits,
  units,
  type FhirItem,
  type FhirOption,
  type FhirQuestionnaire,
} from "../src/rules/fhir";
import { begin, redo, step, undo } from "../src/rules/history";
import { fresh, previewOf } from "../src/rules/preview";
import {
  bandTroubles,
  newScale,
  nextBand,
  scalesOf,
  TOTAL,
  withoutItems,
  withRenamed,
  withScales,
} from "../src/rules/scales";
import { conditionOf, whenWords, written } from "../src/rules/when";
import type { Scoring } from "../src/types";

const option = (code: string, display: string): FhirOption => ({
  valueCoding: { system: "https://suizhen.example/x", code, display },
});
const source: FhirQuestionnaire = {
  resourceType: "Questionnaire",
  title: "出院随访",
  item: [
    { linkId: "g", type: "group", text: "伤口", item: [
      { linkId: "wound", type: "choice", text: "有伤口吗", code: [{ code: "X" }], answerOption: [option("no", "没有"), option("yes", "有伤口")] },
      { linkId: "pain", type: "integer", text: "疼几分", enableWhen: [{ question: "wound", operator: "=", answerCoding: { system: "https://suizhen.example/x", code: "yes" } }] },
    ] },
    { linkId: "note", type: "display", text: "谢谢", enableWhen: [{ question: "pain", operator: ">=", answerInteger: 7 }], enableBehavior: "all" },
  ],
}; // prettier-ignore
const order = (one: FhirQuestionnaire) => itemsOf(one).map((found) => `${"-".repeat(found.depth)}${found.item.linkId}`);

describe("[H3.2] items", () => {
  it("[H3.2] are added after the chosen one, into a chosen group, or at the end, each with a linkId of its own", () => {
    expect(order(addItem(source, "text", "wound").source)).toEqual(["g", "-wound", "-q1", "-pain", "note"]);
    expect(order(addItem(source, "text", "g").source)).toEqual(["g", "-wound", "-pain", "-q1", "note"]);
    const twice = addItem(addItem(source, "choice", null).source, "group", null);
    expect(order(twice.source)).toEqual(["g", "-wound", "-pain", "note", "q1", "q2"]);
    expect(itemOf(twice.source, "q1")?.answerOption).toHaveLength(2);
    expect(order(source)).toHaveLength(4); // the one before is untouched
  });
  it("[H3.2] of every kind are written as FHIR that reads as that kind again", () => {
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const made = addItem({ item: [] }, kind, null);
      const found = itemOf(made.source, made.linkId) as FhirItem;
      expect(kindOf(found), kind).toBe(kind);
      expect(fresh(found, [{ value: "a", label: "甲" }]).type).toBe(kind);
      const back = changeItem(
        changeItem(made.source, made.linkId, (one) => setKind(one, "choice")),
        made.linkId,
        (one) => setKind(one, kind),
      );
      expect(kindOf(itemOf(back, made.linkId) as FhirItem), `${kind} again`).toBe(kind);
    }
  });
  it("[H3.2] copied: the copies' conditions follow the copies", () => {
    const { source: twice, linkId } = duplicateItem(source, "g");
    expect(linkId).toBe("g-2");
    expect(order(twice)).toEqual(["g", "-wound", "-pain", "g-2", "-wound-2", "-pain-2", "note"]);
    expect(itemOf(twice, "pain-2")?.enableWhen?.[0].question).toBe("wound-2");
    expect(itemOf(twice, "pain")?.enableWhen?.[0].question).toBe("wound");
  });
  it("[H3.2] taken away: conditions that asked for them go too, and are named", () => {
    const { source: less, gone, lost } = removeItem(source, "g");
    expect([gone, lost]).toEqual([["g", "wound", "pain"], ["note"]]);
    expect(itemOf(less, "note")).toEqual({ linkId: "note", type: "display", text: "谢谢" });
  });
  it("[H3.2] renamed in conditions too; an empty or taken name is refused", () => {
    expect(itemOf(renameItem(source, "wound", "w") as FhirQuestionnaire, "pain")?.enableWhen?.[0].question).toBe("w");
    expect(renameItem(source, "wound", "pain")).toBeNull();
    expect(renameItem(source, "wound", " ")).toBeNull();
  });
  it("[H3.2] moved among neighbours, into the group before and out of it", () => {
    expect(order(moved(source, "note", "up"))).toEqual(["note", "g", "-wound", "-pain"]);
    expect(order(moved(source, "note", "in"))).toEqual(["g", "-wound", "-pain", "-note"]);
    expect(order(moved(source, "wound", "out"))).toEqual(["g", "-pain", "wound", "note"]);
    expect(order(moved(source, "wound", "up"))).toEqual(order(source));
  });
  it("[H3.2] in another order; a tree with other items changes nothing", () => {
    const [group, note] = treeOf(source.item);
    expect(order(reorder(source, [note, group]))).toEqual(["note", "g", "-wound", "-pain"]);
    expect(reorder(source, [note])).toBe(source);
    expect(reorder(source, [note, note, group])).toBe(source);
  });
  it("[H3.2] keep what the builder does not know, and the words at the ends of a scale", () => {
    let made = changeItem(source, "wound", (one) => setChinese(one, "text", "您有伤口吗"));
    expect(itemOf(made, "wound")).toMatchObject({ text: "您有伤口吗", code: [{ code: "X" }] });
    made = changeItem(made, "pain", (one) => setKind(one, "slider"));
    made = setEndText(setEndText(made, "pain", "lower", "不疼"), "pain", "upper", "很疼");
    expect(order(made)).toEqual(order(source));
    expect(endText(itemOf(reorder(made, treeOf(made.item).reverse()), "pain") as FhirItem, "upper")).toBe("很疼");
    expect(fresh(itemOf(made, "pain") as FhirItem)).toMatchObject({
      type: "slider",
      min: 0,
      max: 10,
      low_text: "不疼",
    });
  });
});

describe("[H3.2] options and units", () => {
  it("[H3.2] points are found in every place and written in one", () => {
    const one: FhirOption = {
      valueCoding: {
        code: "a",
        display: "甲",
        extension: [
          { url: "http://hl7.org/fhir/StructureDefinition/itemWeight", valueDecimal: 2 },
          { url: "x/y", valueString: "keep" },
        ],
      },
    };
    expect(optionPoints(one)).toBe(2);
    setOptionPoints(one, 3);
    expect(optionPoints(one)).toBe(3);
    expect(one.valueCoding?.extension).toEqual([{ url: "x/y", valueString: "keep" }]);
    setOptionPoints(one, null);
    expect([optionPoints(one), one.extension]).toEqual([null, undefined]);
  });
  it("[H3.2] the Chinese of a translated option is what changes", () => {
    const lang = [
      { url: "lang", valueCode: "zh-CN" },
      { url: "content", valueString: "从不" },
    ];
    const one: FhirOption = {
      valueCoding: {
        code: "a",
        display: "Never",
        _display: { extension: [{ url: "http://hl7.org/fhir/StructureDefinition/translation", extension: lang }] },
      },
    };
    setOptionLabel(one, "没有过");
    expect([optionLabel(one), one.valueCoding?.display]).toEqual(["没有过", "Never"]);
  });
  it("[H3.2] units are offered by name and code", () => {
    const made: FhirItem = { linkId: "w", type: "quantity", extension: [{ url: "x/other", valueString: "keep" }] };
    setUnits(made, [
      { code: "kg", label: "公斤" },
      { code: "[lb_av]", label: "磅" },
    ]);
    expect(units(made)).toEqual([
      { code: "kg", label: "公斤" },
      { code: "[lb_av]", label: "磅" },
    ]);
    expect(made.extension?.[0]).toEqual({ url: "x/other", valueString: "keep" });
  });
});

describe("[H3.2] conditions", () => {
  it("[H3.2] are said in words", () => {
    expect(whenWords(source, itemOf(source, "pain") as FhirItem)).toBe("当「有伤口吗」是「有伤口」时才问");
    expect(whenWords(source, itemOf(source, "note") as FhirItem)).toBe("当「疼几分」大于或等于「7」时才显示");
    const two = changeItem(source, "pain", (one) => {
      one.enableWhen = [...(one.enableWhen ?? []), { question: "wound", operator: "exists", answerBoolean: false }];
      one.enableBehavior = "any";
    });
    expect(whenWords(two, itemOf(two, "pain") as FhirItem)).toBe(
      "当「有伤口吗」是「有伤口」，或者「有伤口吗」没有回答时才问",
    );
  });
  it("[H3.2] are written with the answer type of their question; an unchanged one stays as it was", () => {
    const before = itemOf(source, "pain")?.enableWhen?.[0];
    expect(written(itemOf(source, "wound"), conditionOf(before!), before)).toBe(before);
    expect(written(itemOf(source, "wound"), { question: "wound", operator: "=", answer: "no" })).toEqual({
      question: "wound",
      operator: "=",
      answerCoding: { system: "https://suizhen.example/x", code: "no" },
    });
    expect(written(itemOf(source, "pain"), { question: "pain", operator: ">", answer: 3 })).toEqual({
      question: "pain",
      operator: ">",
      answerInteger: 3,
    });
    expect(written({ linkId: "b", type: "boolean" }, { question: "b", operator: "=", answer: true })).toMatchObject({
      answerBoolean: true,
    });
    expect(written({ linkId: "k", type: "quantity" }, { question: "k", operator: ">", answer: 70 })).toMatchObject({
      answerQuantity: { value: 70 },
    });
    expect(written(undefined, { question: "z", operator: "exists", answer: false })).toMatchObject({
      answerBoolean: false,
    });
  });
});

it("[H3.2] a file with single objects instead of lists is read as the server reads it; a right one stays the same", () => {
  const odd = { item: { linkId: 1, type: "choice", answerOption: option("a", "甲") } } as unknown as FhirQuestionnaire;
  expect(itemsOf(listed(odd)).map((one) => [one.item.linkId, one.item.answerOption?.length])).toEqual([["1", 1]]);
  expect(listed(source)).toBe(source);
});

describe("[H3.2] undo and redo", () => {
  it("[H3.2] go back and forth; typing in one field is one step, a pause begins another", () => {
    let history = begin("a");
    history = step(history, "ab", "title", 0);
    history = step(history, "abc", "title", 500);
    history = step(history, "abcd", "title", 9000);
    expect(undo(history).present).toBe("abc");
    expect(undo(undo(history)).present).toBe("a");
    expect(redo(undo(history)).present).toBe("abcd");
    const other = step(undo(history), "x", "", 9100);
    expect([other.future, redo(other).present]).toEqual([[], "x"]);
    expect(undo(begin(1)).present).toBe(1);
  });
});

const plan: Scoring = {
  sum: ["wound"],
  bands: [{ min: 0, max: 4, below: null, label: "轻", level: null, who: null, requires: [] }],
  scales: [],
  total: null,
  points: {},
  conclude: [],
  red_flags: [{ link_id: "pain", operator: ">=", answer: 7, text: "很疼", level: "red", who: null }],
  publish: true,
  source: "",
  licence: "",
  note: "",
};
describe("[H3.2] scoring plans", () => {
  it("[H3.2] a plain total stays plain; reversing a question makes it a value called total", () => {
    expect(withScales(plan, scalesOf(plan))).toEqual(plan);
    const reversed = withScales(
      plan,
      scalesOf(plan).map((one) => ({ ...one, reverse: ["wound"], reverse_from: 4 })),
    );
    expect([reversed.sum, reversed.bands, reversed.scales[0].name]).toEqual([[], [], TOTAL]);
    expect(
      withScales({ ...plan, total: "gone" }, [{ ...newScale("part-1", "分项"), items: ["pain"] }]).total,
    ).toBeNull();
  });
  it("[H3.2] follow items that go or are renamed", () => {
    expect(withoutItems(plan, ["pain", "wound"])).toMatchObject({ sum: [], red_flags: [] });
    expect(withRenamed(plan, "pain", "p").red_flags[0].link_id).toBe("p");
  });
  it("[H3.2] bands go on where the last ends; gaps in sense are named", () => {
    const next = nextBand(plan.bands);
    expect(next.min).toBe(5);
    expect(bandTroubles([...plan.bands, next])).toEqual(["第 2 级没有名称"]);
    expect(bandTroubles([plan.bands[0], { ...next, min: 3, label: "重" }])).toEqual(["第 1 级和第 2 级有重叠"]);
  });
});

describe("[H3.2] the preview while writing", () => {
  it("[H3.2] keeps what the server read of unchanged items and reads changed ones as it would", () => {
    const saved = {
      fhir: source,
      form: {
        questionnaire_id: "x.1",
        version: "1",
        title: "t",
        intro: "",
        items: [
          {
            link_id: "g",
            text: "伤口",
            type: "group" as const,
            items: [{ link_id: "wound", text: "服务器读的", type: "choice" as const, items: [] }],
          },
        ],
      },
    };
    const form = previewOf(
      changeItem(source, "pain", (one) => (one.required = true)),
      saved,
    );
    expect(form.items[0].items?.map((one) => [one.text, one.required])).toEqual([
      ["服务器读的", undefined],
      ["疼几分", true],
    ]);
    expect(form.title).toBe("出院随访");
  });
  it("[H3.2] of the shipped questionnaires agrees with itself, whatever the builder reads of them", () => {
    for (const name of ["phq-9", "hypertension-followup", "discharge-day7", "tcm-elderly-33"]) {
      const shipped = JSON.parse(
        readFileSync(`../../fixtures/questionnaires/${name}.json`, "utf8"),
      ) as FhirQuestionnaire;
      expect(reorder(shipped, treeOf(shipped.item)), name).toEqual(shipped);
      expect(itemsOf(shipped).every((one) => one.kind in KINDS)).toBe(true);
    }
  });
});
