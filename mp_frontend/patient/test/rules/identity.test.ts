// ID numbers, phone numbers and the form of a new patient.
import { expect, test } from "vitest";
import { ageOn, readIdCard, readPhone } from "../../src/rules/identity";
import { blank, faultsOf, isChild, toSend } from "../../src/rules/new_patient";

const why = (text: string, final = false) => {
  const card = readIdCard(text, final);
  return card.state === "wrong" ? card.why : card.state;
};

test("[A16] a right ID number gives birth and sex; lower-case and full-width X are accepted", () => {
  const good = { state: "good", number: "11010519491231002X", sex: "female", birth_on: "1949-12-31" };
  for (const text of ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "110105 1949 1231 002X"]) expect(readIdCard(text)).toEqual(good);
  expect(readIdCard("440524188001010014")).toMatchObject({ state: "good", sex: "male", birth_on: "1880-01-01" });
});
test("[A16] each fault of an ID number is named as soon as it can be known", () => {
  expect(why("1101")).toBe("typing");
  expect(why("1101", true)).toBe("length");
  expect(why("01")).toBe("region");
  expect(why("1101A")).toBe("characters");
  expect(why("11010519491331002X")).toBe("date");
  expect(why("110105209912310021")).toBe("date");
  expect(why("110105194912310021")).toBe("checksum");
  expect(why("11010519491231002X1")).toBe("characters");
});
test("[A16] residence permits of 81, 82, 83 and an old number of 15 digits are known", () => {
  expect(why("810000199408230021")).toBe("good");
  expect(readIdCard("110105491231002", true)).toEqual({ state: "good", number: "110105491231002", sex: "female", birth_on: "1949-12-31" });
  expect(why("110105491231002")).toBe("typing");
});
test("[A16] phone numbers come with +86, spaces and dashes; landlines are none", () => {
  for (const text of ["13800138000", "+86 138-0013-8000", "0086 13800138000", "8613800138000"]) expect(readPhone(text)).toBe("13800138000");
  for (const text of ["", "12800138000", "1380013800", "010-55500100"]) expect(readPhone(text)).toBeNull();
});
test("[A16] a person is 14 on the birthday, not the day before", () => {
  expect(ageOn("2012-11-25", "2026-11-24")).toBe(13);
  expect(ageOn("2012-11-25", "2026-11-25")).toBe(14);
});
test("[A16] a newborn without a document needs birth, sex and a guardian, and sends no number", () => {
  const draft = { ...blank(), name: "小宝", kind: "none_newborn" as const, relation: "child" as const, phone: "13800138000", code: "123456", agreed: { bind: true, records: true } };
  expect(isChild(draft, "2026-11-25")).toBe(true);
  expect(Object.keys(faultsOf(draft, "2026-11-25")).sort()).toEqual(["birth_on", "declared", "guardian", "proof_number", "sex"]);
  const whole = { ...draft, birth_on: "2026-11-20", sex: "male" as const, guardian: "p1", proof_number: "B1100001", declared: true };
  expect(faultsOf(whole, "2026-11-25")).toEqual({});
  expect(toSend(whole, "2026-11-25")).toMatchObject({ document: { kind: "none_newborn", number: "" }, sex: "male", birth_on: "2026-11-20", guardian: { patient_id: "p1", declared: true } });
});
test("[A16] an adult is sent without guardian, whatever was filled in before", () => {
  const draft = { ...blank(), name: "陈桂兰", number: "11010519491231002X", guardian: "p9", declared: true, phone: "13800138000", code: "123456", agreed: { bind: true, records: true } };
  expect(faultsOf(draft, "2026-11-25")).toEqual({});
  expect(toSend(draft, "2026-11-25").guardian).toBeUndefined();
});
test("[A16] only the first consent is needed; the others are sent when given", () => {
  const draft = { ...blank(), name: "陈桂兰", number: "11010519491231002X", phone: "13800138000", code: "123456", agreed: { bind: true } as Record<string, boolean> };
  expect(faultsOf(draft, "2026-11-25")).toEqual({});
  expect(toSend(draft, "2026-11-25").consents).toEqual(["bind"]);
  expect(faultsOf({ ...draft, agreed: { records: true } }, "2026-11-25")).toHaveProperty("consents");
});
