// A questionnaire's draft while it is written: its states with undo, what is not saved yet, and saving it.
import { computed, ref, shallowRef, watch } from "vue";
import { api, problemsOf } from "./api";
import { complain, refuse } from "./ask";
import { useUnsaved } from "./leave";
import { useLoad } from "./load";
import { listed, type FhirQuestionnaire } from "./rules/fhir";
import { begin, redo, step, undo, type History } from "./rules/history";
import type { DraftFile, DraftInput, Scoring } from "./types";

export interface Doc {
  fhir: FhirQuestionnaire;
  scoring: Scoring;
  kind: DraftFile["kind"];
  needs_approval: boolean;
}
const docOf = ({ fhir, scoring, kind, needs_approval }: DraftFile): Doc => ({
  fhir: listed(fhir),
  scoring,
  kind,
  needs_approval,
});

export function useDraft(id: string) {
  const { data: draft, error, reload } = useLoad(() => api.questionnaireDraft(id));
  const history = shallowRef<History<Doc>>();
  const saved = shallowRef<Doc>();
  watch(draft, (found) => {
    if (!found || history.value) return;
    saved.value = docOf(found);
    history.value = begin(saved.value);
  });
  const doc = computed(() => history.value?.present);
  const dirty = computed(
    () => !!doc.value && doc.value !== saved.value && JSON.stringify(doc.value) !== JSON.stringify(saved.value),
  );
  const locked = computed(() => draft.value?.state === "waiting");
  useUnsaved(() => dirty.value);

  /** Changes in quick succession of the same `field` are one step back. */
  function change(changes: Partial<Doc>, field = ""): void {
    if (history.value && !locked.value)
      history.value = step(history.value, { ...history.value.present, ...changes }, field, Date.now());
  }
  const back = () => history.value && (history.value = undo(history.value));
  const again = () => history.value && (history.value = redo(history.value));

  const busy = ref(false);
  const problems = ref<string[]>([]);
  async function save(): Promise<boolean> {
    if (!doc.value || !draft.value || busy.value) return false;
    busy.value = true;
    const sent = doc.value;
    try {
      draft.value = await api.saveQuestionnaire(id, { ...sent, revision: draft.value.revision } as DraftInput);
      saved.value = sent;
      problems.value = [];
      return true;
    } catch (refused) {
      problems.value = problemsOf(refused);
      if (problems.value.length) refuse("没有保存，原因列在上面。");
      else complain(refused);
      return false;
    } finally {
      busy.value = false;
    }
  }
  /** Nothing is left to save: the draft is gone. */
  const forget = () => (saved.value = doc.value);
  return {
    draft,
    error,
    reload,
    history,
    saved,
    doc,
    dirty,
    locked,
    change,
    back,
    again,
    busy,
    problems,
    save,
    forget,
  };
}
