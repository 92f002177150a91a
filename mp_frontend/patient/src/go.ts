// Moving between pages, and asking before something is done that cannot be undone.
import { queryText } from "./request";
import { t } from "./text";

type Query = Record<string, string | number | undefined>;

export const urlOf = (page: string, query?: Query): string => `/pages/${page}${queryText(query)}`;
export const go = (page: string, query?: Query): void => void uni.navigateTo({ url: urlOf(page, query) });
export const replace = (page: string, query?: Query): void => void uni.redirectTo({ url: urlOf(page, query) });
export const goHome = (): void => void uni.reLaunch({ url: urlOf("home/index") });
export function back(): void {
  if (getCurrentPages().length > 1) uni.navigateBack();
  else goHome();
}
/** Yes or no, asked in a dialogue. */
export const confirm = (title: string, content: string, yes: string = t.common.yes): Promise<boolean> =>
  new Promise((resolve) =>
    uni.showModal({ title, content, confirmText: yes, cancelText: t.common.no, success: (r) => resolve(r.confirm), fail: () => resolve(false) }),
  );
export const say = (title: string): void => void uni.showToast({ title, icon: "none", duration: 2500 });
