// Seconds until a code may be sent again.
import { onUnmounted, ref } from "vue";

export function countDown() {
  const wait = ref(0);
  let ticking: ReturnType<typeof setInterval> | undefined;
  function start(seconds: number): void {
    clearInterval(ticking);
    const until = Date.now() + seconds * 1000;
    const tick = () => {
      wait.value = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      if (!wait.value) clearInterval(ticking);
    };
    tick();
    ticking = setInterval(tick, 500);
  }
  onUnmounted(() => clearInterval(ticking));
  return { wait, start };
}
