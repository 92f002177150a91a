// Loading what a page shows: one way for waiting, failing and trying again.
import { computed, ref, shallowRef } from "vue";
import type { List } from "../../api/types";
import { Problem } from "./request";
import { t } from "./text";

/** A sentence for whatever was thrown. */
export const sentence = (thrown: unknown): string => (thrown instanceof Problem ? thrown.message : t.problem.unknown);

export function useLoad<T>(fetch: () => Promise<T>) {
  const data = shallowRef<T>();
  const loading = ref(true);
  const problem = ref("");
  /** Fetches; keeps what is shown while it fetches again. */
  async function load(): Promise<void> {
    problem.value = "";
    loading.value = data.value === undefined;
    try {
      data.value = await fetch();
    } catch (thrown) {
      problem.value = sentence(thrown);
    } finally {
      loading.value = false;
    }
  }
  return { data, loading, problem, load };
}

/** Runs one action of a button: busy while it runs, a sentence when it is refused. */
export function useAction() {
  const busy = ref(false);
  const refused = ref("");
  async function run(action: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    refused.value = "";
    try {
      await action();
    } catch (thrown) {
      refused.value = sentence(thrown);
    } finally {
      busy.value = false;
    }
  }
  return { busy, refused, run };
}

/** A list that comes in pages: the first by load(), the others by more(). */
export function useList<T>(fetch: (next?: string) => Promise<List<T>>) {
  const { data, loading, problem, load } = useLoad(() => fetch());
  const { busy, run } = useAction();
  const items = computed(() => data.value?.items ?? []);
  const hasMore = computed(() => Boolean(data.value?.next));
  const more = () =>
    run(async () => {
      const shown = data.value;
      if (!shown?.next) return;
      const page = await fetch(shown.next);
      data.value = { items: [...shown.items, ...page.items], next: page.next };
    });
  /** Forgets what is shown and loads again, for another view of the list. */
  function restart(): void {
    data.value = undefined;
    void load();
  }
  return { items, loading, problem, load, hasMore, more, moreBusy: busy, restart };
}
