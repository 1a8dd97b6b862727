import { api, ask } from "@/api/client";

/** Control requests for a connection, by its id: valid whatever its transport is. */
export function control(connectionId: () => string | null) {
  const path = () => {
    const connection_id = connectionId();
    return connection_id === null ? null : { connection_id };
  };
  const quietly = (request: Promise<unknown>) => void request.catch(() => {});
  return {
    ping(): void {
      const params = path();
      if (params)
        quietly(ask(api.POST("/v1/connections/{connection_id}/ping", { params: { path: params } })));
    },
    renew(): void {
      const params = path();
      if (params)
        quietly(ask(api.POST("/v1/connections/{connection_id}/token", { params: { path: params } })));
    },
    async openThread(message_id: string): Promise<void> {
      const params = path();
      if (!params) return;
      await ask(
        api.PUT("/v1/connections/{connection_id}/threads/{message_id}", {
          params: { path: { ...params, message_id } },
        }),
      );
    },
    closeThread(message_id: string): void {
      const params = path();
      if (!params) return;
      quietly(
        ask(
          api.DELETE("/v1/connections/{connection_id}/threads/{message_id}", {
            params: { path: { ...params, message_id } },
          }),
        ),
      );
    },
  };
}

/** A ticket for a stream, where cookies do not travel. */
export async function newTicket(): Promise<string> {
  return (await ask(api.POST("/v1/stream-tickets"))).ticket;
}
