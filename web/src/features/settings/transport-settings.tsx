import { useState } from "react";
import { forcedTransport, forceTransport, useConnection } from "@/realtime/live";
import type { TransportName } from "@/realtime/transport";
import { Choices } from "./choices";

const names: Record<TransportName, string> = {
  ws: "WebSocket",
  sse: "Server-Sent Events",
  poll: "Long-poll",
};

export function TransportSettings() {
  const [choice, setChoice] = useState<TransportName | "auto">(forcedTransport() ?? "auto");
  const { transport, phase } = useConnection();
  const now = phase === "live" ? `Connected over ${names[transport]}.` : "Not connected.";
  const note =
    choice === "poll"
      ? " Over long-poll, presence and read marks are up to 30 s old, and others see you as offline."
      : "";
  return (
    <Choices
      legend="Connection"
      value={choice}
      options={[
        { value: "auto", title: "Automatic" },
        { value: "ws", title: names.ws },
        { value: "sse", title: names.sse },
        { value: "poll", title: names.poll },
      ]}
      onChoose={(next) => {
        setChoice(next);
        forceTransport(next === "auto" ? null : next);
      }}
      hint={now + note}
    />
  );
}
