/**
 * Signing out takes the field app's page and roster off this device.
 * Never its queue: records that wait are sent when their user signs in again.
 */
export function signOut(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || new URL(form.action).pathname !== "/sign-out") return;
    if ("caches" in window) void caches.delete("fangxian-field-page");
    void forgetDuty();
  });
}

async function forgetDuty(): Promise<void> {
  const known = await indexedDB.databases?.();
  if (!known?.some((database) => database.name === "fangxian-field")) return;
  const request = indexedDB.open("fangxian-field");
  request.onsuccess = () => {
    const db = request.result;
    for (const store of ["duty", "rosters", "keys"]) {
      if (db.objectStoreNames.contains(store)) db.transaction(store, "readwrite").objectStore(store).clear();
    }
    db.close();
  };
}
