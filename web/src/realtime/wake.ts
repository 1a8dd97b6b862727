import { onVisibility } from "@/lib/visibility";

const TICK_MS = 10_000;
/** A tick that comes this late means that the computer slept. */
const SLEPT_MS = 60_000;

/** When the network or the page comes or goes, and when the computer wakes up: the line may not be what it was. */
export function onWake(listener: () => void): () => void {
  let last = Date.now();
  const tick = setInterval(() => {
    const now = Date.now();
    if (now - last > SLEPT_MS + TICK_MS) listener();
    last = now;
  }, TICK_MS);
  addEventListener("online", listener);
  addEventListener("offline", listener);
  const forget = onVisibility((isHidden) => !isHidden && listener());
  return () => {
    clearInterval(tick);
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
    forget();
  };
}
