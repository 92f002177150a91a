// Menus that only some people see: who they are, in words, and which menu a phone shows.
import type { MatchRule, Menu } from "../types";
import { menuOf, problemsOf, rowsOf, type EditButton, type Problem } from "./menu";

export type TagNames = Record<string, string>;
/** `rule` null: the menu that everybody sees for whom there is no other. */
export interface Audience {
  uid: string;
  rule: MatchRule | null;
  rows: EditButton[];
}
export type AudienceProblem = Problem & { audience: string };

export const CONDITIONAL_LIMIT = 5;
export const PLATFORM: Record<string, string> = { "1": "苹果手机", "2": "安卓手机", "3": "其他设备" };
const FIELDS = ["client_platform_type", "tag_id", "language"] as const;

export function whom(rule: MatchRule | null, tags: TagNames = {}): string {
  if (!rule) return "所有人";
  const parts = [
    rule.client_platform_type && PLATFORM[rule.client_platform_type],
    rule.tag_id && `标签 ${tags[rule.tag_id] ?? rule.tag_id}`,
    rule.language && `语言 ${rule.language}`,
  ];
  return parts.filter(Boolean).join("、") || "还没有选给谁看";
}

let made = 0;
export function newAudience(rule: MatchRule | null, rows: EditButton[]): Audience {
  return { uid: `a${++made}`, rule, rows };
}

export function audiencesOf(menu: Menu): Audience[] {
  const some = (menu.conditional ?? []).map((one) => newAudience({ ...one.rule }, rowsOf(one)));
  return [newAudience(null, rowsOf(menu)), ...some];
}

const bare = (rule: MatchRule): MatchRule =>
  Object.fromEntries(FIELDS.filter((name) => rule[name]).map((name) => [name, rule[name]]));

export function fullMenuOf(audiences: readonly Audience[]): Menu {
  const [everybody, ...some] = audiences;
  return {
    ...menuOf(everybody?.rows ?? []),
    conditional: some.map(({ rule, rows }) => ({ rule: bare(rule ?? {}), ...menuOf(rows) })),
  };
}

/** Whether everybody who fits `rule` fits `other` as well. */
function within(rule: MatchRule, other: MatchRule): boolean {
  return FIELDS.every((name) => !other[name] || other[name] === rule[name]);
}

export function problemsOfAll(audiences: readonly Audience[]): AudienceProblem[] {
  const some = audiences.slice(1);
  return audiences.flatMap((one) => {
    const problems: Problem[] = problemsOf(one.rows);
    const say = (text: string) => problems.unshift({ uid: "", field: "menu", text });
    if (one.rule) {
      const earlier = some.slice(0, some.indexOf(one)).map(({ rule }) => rule!);
      if (!FIELDS.some((name) => one.rule?.[name])) say("请选择这份菜单给谁看。");
      else if (earlier.some((other) => FIELDS.some((name) => other[name]) && within(one.rule!, other)))
        say("这份菜单永远不会显示：符合条件的人先看到前面的一份。");
    }
    return problems.map((problem) => ({ ...problem, audience: one.uid }));
  });
}

/** Which menu a phone of this platform shows to somebody with this tag (or none): the first that fits. */
export function seenOn(audiences: readonly Audience[], platform: string, tag = ""): Audience {
  const fits = ({ rule }: Audience) =>
    !!rule &&
    (!rule.client_platform_type || rule.client_platform_type === platform) &&
    (!rule.tag_id || rule.tag_id === tag) &&
    (!rule.language || rule.language === "zh_CN");
  return audiences.slice(1).find(fits) ?? audiences[0];
}
