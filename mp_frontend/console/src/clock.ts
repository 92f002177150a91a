// The hospital's time as the server last told it; between two answers it runs on with this machine's clock.
import { computed, ref } from "vue";

const ahead = ref(0);
const tick = ref(Date.now());

/** Takes the Suizhen-Now header of an answer. */
export function heardNow(header: string | null): void {
  const at = header ? Date.parse(header) : NaN;
  if (!Number.isNaN(at)) {
    tick.value = Date.now();
    ahead.value = at - tick.value;
  }
}

setInterval(() => (tick.value = Date.now()), 5000);

/** Hospital time in ms since 1970, renewed every five seconds. */
export const now = computed(() => tick.value + ahead.value);
