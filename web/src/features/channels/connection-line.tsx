import { useConnection } from "@/realtime/live";
import type { TransportName } from "@/realtime/transport";
import { cn } from "@/ui/cn";

export const transportNames: Record<TransportName, string> = {
  ws: "WebSocket",
  sse: "Server-Sent Events",
  poll: "Long-poll",
};

/** State and transport of the connection, always in sight at the foot of the sidebar. */
export function ConnectionLine() {
  const { phase, transport } = useConnection();
  const isLive = phase === "live";
  const note = transport === "poll" ? "Presence is up to 30 s old" : undefined;
  return (
    <p
      className="flex items-center gap-2 px-2 pb-1 text-soft text-xs"
      data-connection={phase}
      data-transport={transport}
      title={note}
    >
      <span
        className={cn("size-1.5 shrink-0 rounded-full", isLive ? "bg-online" : "bg-signal")}
        aria-hidden="true"
      />
      <span className="truncate">
        {isLive ? "Connected" : phase === "stopped" ? "Disconnected" : "Connecting"} ·{" "}
        {transportNames[transport]}
        {isLive && note && `. ${note}.`}
      </span>
    </p>
  );
}
