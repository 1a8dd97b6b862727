import { api, ask } from "@/api/client";
import { change } from "@/cache/store";
import { putMessages } from "@/cache/timelines";

export async function editMessage(message_id: string, text: string): Promise<void> {
  const params = { path: { message_id } };
  const message = await ask(api.PATCH("/v1/messages/{message_id}", { params, body: { text } }));
  change((state) => putMessages(state, [message]));
}

/** The tombstone comes as an event, like everyone's. */
export async function deleteMessage(message_id: string): Promise<void> {
  await ask(api.DELETE("/v1/messages/{message_id}", { params: { path: { message_id } } }));
}
