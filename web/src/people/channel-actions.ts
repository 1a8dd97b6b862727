import { api, ask } from "@/api/client";
import type { ChannelView } from "@/api/types";
import { putChannel } from "@/cache/channels";
import { change } from "@/cache/store";
import { reloadChannels } from "@/realtime/live";
import { channelPath, go } from "@/view/paths";

/** A REST answer about one channel carries no `state_seq`: its counts come with the list, or with the channel's own event. */
async function enter(view: ChannelView): Promise<void> {
  await reloadChannels();
  go(channelPath(view.id));
}

export async function createChannel(body: {
  name: string;
  description: string;
  kind: "public" | "private";
}): Promise<void> {
  await enter(await ask(api.POST("/v1/channels", { body })));
}

export async function joinChannel(channel_id: string): Promise<void> {
  await enter(await ask(api.POST("/v1/channels/{channel_id}/join", { params: { path: { channel_id } } })));
}

export async function leaveChannel(channel_id: string): Promise<void> {
  await ask(api.POST("/v1/channels/{channel_id}/leave", { params: { path: { channel_id } } }));
  go("/");
}

export async function openDm(user_id: string): Promise<void> {
  await enter(await ask(api.POST("/v1/dms", { body: { user_id } })));
}

export async function updateChannel(
  channel_id: string,
  body: { name?: string; description?: string },
): Promise<void> {
  const view = await ask(api.PATCH("/v1/channels/{channel_id}", { params: { path: { channel_id } }, body }));
  change((state) => putChannel(state, view));
}

export async function archiveChannel(channel_id: string, isArchived: boolean): Promise<void> {
  const params = { path: { channel_id } };
  const request = isArchived
    ? api.POST("/v1/channels/{channel_id}/archive", { params })
    : api.POST("/v1/channels/{channel_id}/unarchive", { params });
  const view = await ask(request);
  change((state) => putChannel(state, view));
}

export async function addMember(channel_id: string, user_id: string): Promise<void> {
  await ask(
    api.POST("/v1/channels/{channel_id}/members", { params: { path: { channel_id } }, body: { user_id } }),
  );
}

export async function removeMember(channel_id: string, user_id: string): Promise<void> {
  await ask(
    api.DELETE("/v1/channels/{channel_id}/members/{user_id}", { params: { path: { channel_id, user_id } } }),
  );
}
