import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { closeDialog } from "@/view/view";
import { LookSettings } from "./look-settings";
import { NotificationSettings } from "./notification-settings";
import { ProfileSettings } from "./profile-settings";
import { SessionSettings } from "./session-settings";
import { TransportSettings } from "./transport-settings";

export function SettingsDialog({ onLogout }: { onLogout: () => Promise<void> }) {
  return (
    <Dialog title="Settings" onClose={closeDialog} className="w-[min(34rem,calc(100vw-1.5rem))]">
      <div className="space-y-7">
        <ProfileSettings />
        <LookSettings />
        <NotificationSettings />
        <TransportSettings />
        <SessionSettings />
        <div className="border-line border-t pt-4">
          <Button onClick={() => void onLogout()}>Sign out</Button>
        </div>
      </div>
    </Dialog>
  );
}
