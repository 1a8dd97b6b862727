import { BrowseDialog } from "@/features/channels/browse-dialog";
import { ChannelDialog } from "@/features/channels/channel-dialog";
import { CreateDialog } from "@/features/channels/create-dialog";
import { InviteDialog, PeopleDialog } from "@/features/members/people-dialogs";
import { UserCard } from "@/features/members/user-card";
import { SwitcherDialog } from "@/features/switcher/switcher-dialog";
import { Dialog } from "@/ui/dialog";
import { closeDialog, useView } from "@/view/view";
import { ConfirmDialog } from "./confirm-dialog";
import { logout } from "./session";
import { SettingsDialog } from "./settings-dialog";
import { shortcuts } from "./shortcuts";

/** Whatever dialog is open. All of them load on first use. */
export default function Dialogs({ channelId }: { channelId: string | null }) {
  const dialog = useView((view) => view.dialog);
  const question = useView((view) => view.question);
  switch (dialog) {
    case "create":
      return <CreateDialog />;
    case "browse":
      return <BrowseDialog />;
    case "people":
      return <PeopleDialog />;
    case "invite":
      return channelId && <InviteDialog channelId={channelId} />;
    case "channel":
      return channelId && <ChannelDialog channelId={channelId} />;
    case "card":
      return <UserCard />;
    case "confirm":
      return question && <ConfirmDialog question={question} />;
    case "settings":
      return <SettingsDialog onLogout={logout} />;
    case "switcher":
      return <SwitcherDialog />;
    case "shortcuts":
      return <ShortcutsDialog />;
    default:
      return null;
  }
}

function ShortcutsDialog() {
  const rows = [...shortcuts.map(({ keys, help }) => ({ keys, help })), ...inPlace].filter(
    ({ help }, index, all) => all.findIndex((other) => other.help === help) === index,
  );
  return (
    <Dialog title="Keyboard shortcuts" onClose={closeDialog}>
      <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-2 text-sm">
        {rows.map(({ keys, help }) => (
          <div key={keys} className="contents">
            <dt>{help}</dt>
            <dd className="text-right">
              <kbd className="rounded-md border border-line-strong bg-raised px-1.5 py-0.5 font-sans text-xs">
                {keys.replaceAll("Arrow", "")}
              </kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const inPlace = [
  { keys: "Enter", help: "Send the message" },
  { keys: "Shift+Enter", help: "New line" },
  { keys: "Up", help: "Edit your last message, in an empty composer" },
  { keys: "Up / Down", help: "Walk through the messages, in the list" },
  { keys: "Shift+F10", help: "Menu of a message" },
  { keys: "Escape", help: "Close, or go down to the newest message" },
];
