// What all pages share: who is here, the active patient, and large type.
import { reactive } from "vue";
import type { Me, Patient } from "../../api/types";
import { readMe, savePreferences } from "./api";

const LARGE = "sz_large_type";

export const shared = reactive({
  me: null as Me | null,
  large: uni.getStorageSync(LARGE) === "yes",
});

export async function loadMe(): Promise<Me> {
  const me = await readMe();
  shared.me = me;
  setLarge(me.preferences.large_type);
  return me;
}
/** The active patient, asking the server when it is not known yet. */
export async function activePatient(): Promise<Patient | null> {
  return (shared.me ?? (await loadMe())).active_patient;
}
function setLarge(large: boolean): void {
  shared.large = large;
  uni.setStorageSync(LARGE, large ? "yes" : "no");
}
/** Shows large type at once and remembers it on the server. */
export async function chooseLarge(large: boolean): Promise<void> {
  setLarge(large);
  if (shared.me) shared.me.preferences.large_type = large;
  await savePreferences(large);
}
