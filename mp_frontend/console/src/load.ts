// Three ways a screen gets its data: once, page by page, and again every so often while it is looked at.
import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type WatchSource } from "vue";
import { sentence } from "./api";
import type { Page } from "./types";

/** Loads at once and again whenever `when` changes; a late answer to an old question is dropped. */
export function useLoad<R>(ask: () => Promise<R>, when?: WatchSource | WatchSource[]) {
  const data = shallowRef<R>();
  const error = shallowRef<unknown>();
  const loading = ref(false);
  let asked = 0;
  async function reload(): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    try {
      const answer = await ask();
      if (mine === asked) {
        data.value = answer;
        error.value = undefined;
      }
    } catch (problem) {
      if (mine === asked) error.value = problem;
    } finally {
      if (mine === asked) loading.value = false;
    }
  }
  function start(): void {
    data.value = undefined;
    error.value = undefined;
    void reload();
  }
  if (when) watch(when, start);
  start();
  return { data, error, loading, reload };
}

/** A list that grows by `next`. `reload` keeps what is shown until the fresh first page is there. */
export function usePages<T>(ask: (next: string | null) => Promise<Page<T>>, when?: WatchSource | WatchSource[]) {
  const items = shallowRef<T[]>([]) as Ref<T[]>;
  const next = ref<string | null>(null);
  const error = shallowRef<unknown>();
  const loading = ref(false);
  const loaded = ref(false);
  const moreError = ref("");
  let asked = 0;
  async function reload(): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    try {
      const page = await ask(null);
      if (mine !== asked) return;
      items.value = page.items;
      next.value = page.next ?? null;
      loaded.value = true;
      error.value = undefined;
    } catch (problem) {
      if (mine === asked) error.value = problem;
    } finally {
      if (mine === asked) loading.value = false;
    }
  }
  async function more(): Promise<void> {
    if (!next.value || loading.value) return;
    const mine = ++asked;
    loading.value = true;
    moreError.value = "";
    try {
      const page = await ask(next.value);
      if (mine !== asked) return;
      items.value = [...items.value, ...page.items];
      next.value = page.next ?? null;
    } catch (problem) {
      if (mine === asked) moreError.value = sentence(problem);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }
  function start(): void {
    items.value = [];
    next.value = null;
    loaded.value = false;
    error.value = undefined;
    void reload();
  }
  if (when) watch(when, start);
  start();
  return { items, next, error, loading, loaded, moreError, reload, more };
}


/** Calls `again` every `seconds` while the page is visible. */
export function useEvery(seconds: number, again: () => unknown): void {
  let timer = 0;
  onMounted(() => {
    timer = window.setInterval(() => {
      if (document.visibilityState === "visible") void again();
    }, seconds * 1000);
  });
  onBeforeUnmount(() => window.clearInterval(timer));
}
