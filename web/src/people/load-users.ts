import { api, ask } from "@/api/client";
import { change, current } from "@/cache/store";
import { putUser } from "@/cache/users";

const wanted = new Set<string>();
const asked = new Set<string>();
let isPlanned = false;
const MOST = 100;

/** People are named by id in messages: those not known yet are asked for, many in one request. */
export function wantUser(id: string): void {
  if (current().users[id] || asked.has(id)) return;
  wanted.add(id);
  if (!isPlanned) setTimeout(fetchWanted, 10);
  isPlanned = true;
}

async function fetchWanted(): Promise<void> {
  isPlanned = false;
  const ids = [...wanted].slice(0, MOST);
  for (const id of ids) {
    wanted.delete(id);
    asked.add(id);
  }
  if (wanted.size > 0) {
    setTimeout(fetchWanted, 10);
    isPlanned = true;
  }
  try {
    const page = await ask(api.GET("/v1/users", { params: { query: { ids, limit: MOST } } }));
    change((state) => page.items.reduce((next, user) => putUser(next, user, user.presence), state));
  } catch {
    // Whoever shows them next asks again.
  }
  for (const id of ids) asked.delete(id);
}
