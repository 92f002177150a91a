// Who is at the desk: the staff member's session, the hospital's name, and what the scopes allow.
import { computed, reactive } from "vue";
import { api, Refused } from "./api";
import type { Hospital, Staff } from "./types";

const state = reactive<{ staff: Staff | null; asked: boolean; hospital: Hospital | null }>({
  staff: null,
  asked: false,
  hospital: null,
});

export const staff = computed(() => state.staff);
export const hospital = computed(() => state.hospital);

export function can(scope: string | undefined): boolean {
  return !scope || (state.staff?.scopes.includes(scope) ?? false);
}

/** Asks once who is logged in; null for nobody. */
export async function recognise(): Promise<Staff | null> {
  if (!state.asked) {
    try {
      state.staff = await api.whoAmI();
    } catch (error) {
      if (!(error instanceof Refused) || (error.status !== 401 && error.status !== 403)) throw error;
      state.staff = null;
    }
    state.asked = true;
  }
  return state.staff;
}

export async function logIn(username: string, password: string): Promise<Staff> {
  state.staff = await api.logIn(username, password);
  state.asked = true;
  return state.staff;
}

export async function logOut(): Promise<void> {
  await api.logOut().catch(() => {});
  forget();
}

export function forget(): void {
  state.staff = null;
  state.asked = true;
}

/** Changes the password; the server ends all sessions, so this one begins anew. False: please log in again. */
export async function changePassword(old: string, fresh: string): Promise<boolean> {
  const username = state.staff?.username ?? "";
  await api.changePassword(old, fresh);
  forget();
  return logIn(username, fresh).then(
    () => true,
    () => false,
  );
}

/** The hospital's public face; asked again now and then it also renews the clock. */
export async function greet(): Promise<void> {
  state.hospital = await api.hospital().catch(() => state.hospital);
}
