import type { Message } from "@/api/types";
import { current } from "@/cache/store";
import { readItem, writeItem } from "@/lib/storage";
import { cut } from "@/lib/text";
import { titleOf } from "@/people/channel-title";
import { channelPath, go } from "@/view/paths";

const LONGEST = 50;

/** What the browser allows, and what the reader wants: both have to say yes. */
export type Standing = "unsupported" | "denied" | "off" | "on";

export function notificationStanding(): Standing {
  if (!("Notification" in window) || !isSecureContext) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && readItem("notifications") === "on" ? "on" : "off";
}

/** Asked for by a click, never at load. */
export async function turnOnNotifications(): Promise<Standing> {
  if ((await Notification.requestPermission()) === "granted") writeItem("notifications", "on");
  return notificationStanding();
}

export function turnOffNotifications(): Standing {
  writeItem("notifications", null);
  return notificationStanding();
}

/** Sender and text; one per channel at a time, because the newer takes the older's place. A click leads there. */
export function notify(message: Message): void {
  if (notificationStanding() !== "on") return;
  const { users, channels } = current();
  const entry = channels[message.channel_id];
  if (!entry) return;
  const name = users[message.sender_id]?.display_name ?? "Someone";
  const isDm = entry.channel.kind === "dm";
  const notification = new Notification(isDm ? name : `${name} in #${titleOf(entry.channel, undefined)}`, {
    body: cut(message.text, LONGEST),
    tag: message.channel_id,
    icon: "/icon.svg",
  });
  notification.onclick = () => {
    window.focus();
    go(channelPath(message.channel_id));
    notification.close();
  };
}
