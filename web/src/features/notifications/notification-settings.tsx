import { useState } from "react";
import { Button } from "@/ui/button";
import { notificationStanding, type Standing, turnOffNotifications, turnOnNotifications } from "./notify";

const says: Record<Standing, string> = {
  unsupported: "This browser shows notifications only over HTTPS, or on localhost.",
  denied: "The browser refuses them for this page. Its site settings can change that.",
  off: "Off. With them on, messages that arrive while this tab is hidden are announced.",
  on: "On. Messages that arrive while this tab is hidden are announced.",
};

/** The browser is asked only by this button. */
export function NotificationSettings() {
  const [standing, setStanding] = useState<Standing>(notificationStanding);
  const canChange = standing === "on" || standing === "off";
  const change = async () =>
    setStanding(standing === "on" ? turnOffNotifications() : await turnOnNotifications());
  return (
    <section>
      <h3 className="mb-1 font-semibold">Notifications</h3>
      <div className="flex items-center gap-4">
        <p className="flex-1 text-soft text-sm">{says[standing]}</p>
        {canChange && (
          <Button onClick={() => void change()}>{standing === "on" ? "Turn off" : "Turn on"}</Button>
        )}
      </div>
    </section>
  );
}
