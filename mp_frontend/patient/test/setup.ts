// What the app's pure modules expect of uni-app when they are tested alone.
const stored = new Map<string, unknown>();
(globalThis as Record<string, unknown>).uni ??= {
  getStorageSync: (key: string) => stored.get(key) ?? "",
  setStorageSync: (key: string, value: unknown) => void stored.set(key, value),
  removeStorageSync: (key: string) => void stored.delete(key),
};
