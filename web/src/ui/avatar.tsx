import type { User } from "@/api/types";
import { initials } from "@/lib/text";
import { cn } from "./cn";

type Props = { user: User | undefined; size?: "xs" | "sm" | "md" | "lg"; isOnline?: boolean | undefined };

const sizes = {
  xs: "size-4 rounded-[5px] text-[7px]",
  sm: "size-6 rounded-[7px] text-[10px]",
  md: "size-9 rounded-[10px] text-[13px]",
  lg: "size-14 rounded-2xl text-lg",
};

/** Initials on the person's colour. Decoration: the name always stands beside it. `isOnline` left out shows no dot. */
export function Avatar({ user, size = "md", isOnline }: Props) {
  const color = user?.avatar_color ?? "#8a8378";
  return (
    <span className="relative inline-flex shrink-0" aria-hidden="true">
      <span
        className={cn(
          "inline-flex select-none items-center justify-center font-semibold leading-none",
          sizes[size],
        )}
        style={{ backgroundColor: color, color: inkOn(color) }}
      >
        {user ? initials(user.display_name) : ""}
      </span>
      {isOnline !== undefined && (
        <PresenceDot isOnline={isOnline} className="absolute -right-0.5 -bottom-0.5" />
      )}
    </span>
  );
}

export function PresenceDot({ isOnline, className }: { isOnline: boolean; className?: string }) {
  return (
    <span
      className={cn(
        "inline-block size-2.5 rounded-full ring-2 ring-side",
        isOnline ? "bg-online" : "border-[1.5px] border-soft bg-side",
        className,
      )}
    />
  );
}

/** Black or white, whichever is read more easily on the colour (WCAG relative luminance). */
function inkOn(color: string): string {
  const channel = (start: number) => {
    const value = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#141210" : "#ffffff";
}
