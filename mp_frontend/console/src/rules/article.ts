// What an article must be before WeChat takes it.
import type { ArticleInput, ArticleState } from "../types";
import { lettersOf } from "./clean";

export const TITLE_LIMIT = 64;
export const AUTHOR_LIMIT = 16;
export const DIGEST_LIMIT = 120;
export const BODY_LIMIT = 20_000;
export const IMAGE_BYTES = 2 * 1024 * 1024;

/** Only what nobody else has yet may still be changed. */
export function isChangeable(state: ArticleState): boolean {
  return state === "draft" || state === "failed";
}

/** What keeps it from being saved. */
export function saveProblem(input: ArticleInput): string {
  if (!input.title.trim()) return "请写标题。";
  if (input.title.trim().length > TITLE_LIMIT) return `标题最多 ${TITLE_LIMIT} 个字。`;
  if (input.author.trim().length > AUTHOR_LIMIT) return `作者最多 ${AUTHOR_LIMIT} 个字。`;
  if (input.digest.trim().length > DIGEST_LIMIT) return `摘要最多 ${DIGEST_LIMIT} 个字。`;
  if (input.content_html.length > BODY_LIMIT) return "正文太长，请减少一些或分成两篇。";
  return "";
}

/** What keeps it from being shown to people. */
export function sendProblem(input: ArticleInput): string {
  const problem = saveProblem(input);
  if (problem) return problem;
  if (!input.cover_id) return "请先上传封面图。";
  if (!lettersOf(input.content_html)) return "正文还是空的。";
  return "";
}

/** Why a file cannot be used as a picture, or "". */
export function imageProblem(file: { type: string; size: number }): string {
  if (!["image/jpeg", "image/png"].includes(file.type)) return "只能用 JPG 或 PNG 图片。";
  if (file.size > IMAGE_BYTES) return "图片不能超过 2 MB，请先缩小。";
  return "";
}
