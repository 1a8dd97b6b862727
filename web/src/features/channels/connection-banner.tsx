import { useEffect, useRef, useState } from "react";
import { plural } from "@/lib/text";
import { reconnect, useConnection } from "@/realtime/live";

const SHOW_AFTER_MS = 1_000;
const SHOW_CAUGHT_UP_MS = 4_000;

/** Says that the line is down, but not at every blip; and what came when it is back. */
export function ConnectionBanner() {
  const { phase, down_since, retry_at, caught_up_count } = useConnection();
  const now = useTick(down_since !== null);
  const isDown = down_since !== null && now - down_since >= SHOW_AFTER_MS;
  const isBack = useBriefly(phase === "live" ? caught_up_count : null, isDown);

  if (isDown) {
    const seconds = retry_at === null ? 0 : Math.ceil((retry_at - now) / 1000);
    return (
      <div
        role="alert"
        data-banner
        className="flex min-h-9 items-center justify-center gap-3 bg-signal px-4 text-on-signal text-sm"
      >
        <span>
          {phase === "stopped" ? "Disconnected." : "Reconnecting…"}
          {seconds > 0 && <span className="tabular-nums"> in {seconds} s</span>}
        </span>
        <button type="button" className="font-semibold underline underline-offset-2" onClick={reconnect}>
          Retry now
        </button>
      </div>
    );
  }
  if (isBack === null) return null;
  return (
    <div className="flex min-h-9 items-center justify-center bg-accent-tint px-4 text-sm" data-caught-up>
      Reconnected{isBack > 0 && `, ${plural(isBack, "new message", "new messages")}`}
    </div>
  );
}

function useTick(isOn: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isOn) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [isOn]);
  return now;
}

/** Only after an outage that was shown, or one in which something was missed. */
function useBriefly(count: number | null, wasShown: boolean): number | null {
  const [held, setHeld] = useState<number | null>(null);
  const shownOnce = useRef(false);
  useEffect(() => {
    if (wasShown) shownOnce.current = true;
  }, [wasShown]);
  useEffect(() => {
    if (count === null || (count === 0 && !shownOnce.current)) return;
    setHeld(count);
    shownOnce.current = false;
    const timer = setTimeout(() => setHeld(null), SHOW_CAUGHT_UP_MS);
    return () => clearTimeout(timer);
  }, [count]);
  return held;
}
