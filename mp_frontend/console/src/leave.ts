// Unsaved work is not lost silently: leaving the page or the tab asks first.
import { onBeforeUnmount, onMounted } from "vue";
import { onBeforeRouteLeave } from "vue-router";
import { ask } from "./ask";

export function useUnsaved(dirty: () => boolean): void {
  const warn = (event: BeforeUnloadEvent) => {
    if (dirty()) event.preventDefault();
  };
  onMounted(() => window.addEventListener("beforeunload", warn));
  onBeforeUnmount(() => window.removeEventListener("beforeunload", warn));
  onBeforeRouteLeave(async () => !dirty() || (await ask("还没有保存", "离开后，刚才的修改会丢失。", "不保存，离开")));
}
