import { useEffect, useState } from "react";
import type { Pending } from "@/cache/state";
import { discardSend, retrySend } from "@/realtime/outbox";
import { cn } from "@/ui/cn";
import { MessageBody } from "./message-body";
import { MessageTime } from "./message-time";

const SAY_SENDING_MS = 1_000;

/** A message that the server has not confirmed. It stands where it will stand. */
export function PendingRow({ pending, startsGroup }: { pending: Pending; startsGroup: boolean }) {
  const isSlow = useIsOlder(pending.created_at, SAY_SENDING_MS);
  const isStuck = pending.status === "failed" || pending.status === "waiting";
  return (
    <div className="flex flex-row-reverse">
      <div className="flex min-w-0 max-w-[min(78%,42rem)] flex-col items-end">
        {startsGroup && (
          <p className="mb-0.5 flex items-baseline gap-2 px-0.5 text-[13px]">
            <MessageTime at={pending.created_at} />
          </p>
        )}
        <div className={cn("min-w-0 rounded-2xl rounded-tr-md bg-own px-3 py-1.5", !isStuck && "opacity-60")}>
          <MessageBody text={pending.text} />
        </div>
        {isStuck ? (
          <p className="mt-1 text-signal-text text-xs" title={pending.reason ?? undefined}>
            Not sent.{" "}
            <button
              type="button"
              className="font-semibold underline max-md:py-2"
              onClick={() => retrySend(pending.nonce)}
            >
              Retry
            </button>{" "}
            ·{" "}
            <button
              type="button"
              className="font-semibold underline max-md:py-2"
              onClick={() => discardSend(pending.nonce)}
            >
              Delete
            </button>
          </p>
        ) : (
          isSlow && <p className="mt-1 text-soft text-xs">Sending…</p>
        )}
      </div>
    </div>
  );
}

function useIsOlder(at: string, ms: number): boolean {
  const left = Date.parse(at) + ms - Date.now();
  const [isOlder, setIsOlder] = useState(left <= 0);
  useEffect(() => {
    if (left <= 0) return setIsOlder(true);
    const timer = setTimeout(() => setIsOlder(true), left);
    return () => clearTimeout(timer);
  }, [left]);
  return isOlder;
}
