// Asking for leave to send WeChat messages. In the mini-program WeChat asks right after a tap; on H5 a tag of WeChat's does (see sz-subscribe).
import type { SubscriptionTemplate } from "../../api/types";
import { listTemplates } from "./api";

export type Scene = "booking" | "followup" | "report";
const known = new Map<Scene, SubscriptionTemplate[]>();

/** The message templates of a scene; none when they cannot be read, for reminders never stand in the way. */
export async function templatesOf(scene: Scene): Promise<SubscriptionTemplate[]> {
  if (!known.has(scene)) known.set(scene, (await listTemplates(scene).catch(() => ({ items: [] }))).items);
  return known.get(scene) ?? [];
}

/**
 * Mini-program only: WeChat's pop-up. It must be called in the very turn of a tap, so the page asks for `templatesOf` when it opens.
 * Never fails; answers whether anything was allowed. What was allowed, WeChat itself tells the server.
 */
export function askToRemind(scene: Scene): Promise<boolean> {
  // #ifdef MP-WEIXIN
  const ids = (known.get(scene) ?? []).map((one) => one.template_id).slice(0, 3);
  if (!ids.length) return Promise.resolve(false);
  return new Promise<boolean>((resolve) =>
    uni.requestSubscribeMessage({
      tmplIds: ids,
      success: (answer) => resolve(ids.some((id) => (answer as unknown as Record<string, string>)[id] === "accept")),
      fail: () => resolve(false),
    }),
  );
  // #endif
  // #ifndef MP-WEIXIN
  void scene;
  return Promise.resolve(false);
  // #endif
}
