import { Volume2, VolumeX } from "lucide-react";
import { useSyncExternalStore } from "react";
import { IconButton } from "@/ui/button";
import { isMuted, onMuteChange, setMuted } from "@/view/mute";

export function SoundToggle() {
  const muted = useSyncExternalStore(onMuteChange, isMuted);
  const Icon = muted ? VolumeX : Volume2;
  return (
    <IconButton
      label={muted ? "Turn sound on" : "Turn sound off"}
      aria-pressed={muted}
      onClick={() => setMuted(!muted)}
    >
      <Icon size={17} aria-hidden="true" />
    </IconButton>
  );
}
