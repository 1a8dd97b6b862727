import { navigate } from "wouter/use-browser-location";

/** Every place in the page has an address. */
export const channelPath = (channelId: string): string => `/c/${channelId}`;
export const messagePath = (channelId: string, messageId: string): string => `/c/${channelId}/m/${messageId}`;
export const threadPath = (channelId: string, rootId: string): string => `/c/${channelId}/t/${rootId}`;
export const membersPath = (channelId: string): string => `/c/${channelId}/members`;

export type Spot = {
  channel_id: string | null;
  message_id: string | null;
  root_id: string | null;
  shows_members: boolean;
};

export function spotOf(path: string): Spot {
  const [, channel_id = null, kind, id = null] =
    /^\/c\/([^/]+)(?:\/(m|t|members)(?:\/([^/]+))?)?\/?$/.exec(path) ?? [];
  return {
    channel_id,
    message_id: kind === "m" ? id : null,
    root_id: kind === "t" ? id : null,
    shows_members: kind === "members",
  };
}

export const go = (path: string, options?: { replace?: boolean }): void => navigate(path, options);
