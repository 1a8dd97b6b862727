import { streamUrl, usesTokens } from "@/api/base";
import type { ClientFrame, StreamEvent } from "@/api/types";
import { control, newTicket } from "./control";
import type { Sink, Stream, StreamRequest } from "./transport";

/** Events over a WebSocket. Frames are used for pings alone: everything else has a request of its own. */
export function openWs(request: StreamRequest, sink: Sink): Stream {
  let socket: WebSocket | null = null;
  let connectionId: string | null = null;
  let isClosed = false;

  const end = () => {
    if (isClosed) return;
    isClosed = true;
    sink.closed();
  };

  const start = async () => {
    const { cursor, log_id, threads } = request;
    const ticket = usesTokens ? await newTicket() : null;
    if (isClosed) return;
    const url = streamUrl("/v1/ws", { cursor, log_id, threads: threads.join(","), ticket });
    url.protocol = url.protocol.replace("http", "ws");
    socket = new WebSocket(url);
    socket.onmessage = ({ data }) => {
      if (isClosed || typeof data !== "string") return;
      const event = JSON.parse(data) as StreamEvent;
      if (event.type === "ready") connectionId = event.data.connection_id;
      sink.event(event);
    };
    socket.onclose = end;
    socket.onerror = () => socket?.close();
  };
  start().catch(end);

  return {
    ...control(() => connectionId),
    ping() {
      const frame: ClientFrame = { type: "ping", data: {} };
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close() {
      isClosed = true;
      socket?.close();
    },
  };
}
