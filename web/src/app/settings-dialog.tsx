import { NotificationSettings } from "@/features/notifications/notification-settings";
import { LookSettings } from "@/features/settings/look-settings";
import { ProfileSettings } from "@/features/settings/profile-settings";
import { SessionSettings } from "@/features/settings/session-settings";
import { TransportSettings } from "@/features/settings/transport-settings";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { closeDialog } from "@/view/view";

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
