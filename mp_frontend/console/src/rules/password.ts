// What a new password must be before it is sent, and first passwords that can be read out; the server decides in the end.
export const PASSWORD_LENGTH = 10;

/** The sentence that says what is wrong, or "". */
export function passwordProblem(username: string, old: string, fresh: string, again: string): string {
  if (!old) return "请填写现在的密码。";
  if (fresh.length < PASSWORD_LENGTH) return `新密码至少要 ${PASSWORD_LENGTH} 位。`;
  if (!/\p{L}/u.test(fresh) || !/\d/.test(fresh)) return "新密码里要有字母，也要有数字。";
  if (username && fresh.toLowerCase().includes(username.toLowerCase())) return "新密码里不能有用户名。";
  if (fresh === old) return "新密码不能和现在的一样。";
  if (fresh !== again) return "两次输入的新密码不一样。";
  return "";
}

const LETTERS = "abcdefghjkmnpqrstuvwxyz";
const DIGITS = "23456789";

/** A first password without signs that look alike: kdwm-7294-hfpz. */
export function firstPassword(): string {
  const four = (signs: string) =>
    Array.from(crypto.getRandomValues(new Uint32Array(4)), (value) => signs[value % signs.length]).join("");
  return [four(LETTERS), four(DIGITS), four(LETTERS)].join("-");
}
