import type { ComponentProps } from "react";
import { cn } from "./cn";

type Look = "primary" | "plain" | "quiet" | "danger";

const looks: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  plain: "border border-line-strong bg-raised hover:bg-hover",
  quiet: "text-soft hover:bg-hover hover:text-ink",
  danger: "bg-signal text-on-signal hover:brightness-95",
};

export function Button({
  look = "plain",
  className,
  type = "button",
  ...rest
}: ComponentProps<"button"> & { look?: Look }) {
  return (
    <button
      type={type}
      className={cn(
        "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3.5 font-medium transition-colors disabled:opacity-55 max-md:min-h-11",
        looks[look],
        className,
      )}
      {...rest}
    />
  );
}

type IconButtonProps = ComponentProps<"button"> & { label: string; size?: "sm" | "md" };

/** A button that is only an icon: its label is read aloud, and shown on hover. */
export function IconButton({ label, size = "md", className, type = "button", ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cn(
        "inline-flex shrink-0 items-center justify-center rounded-lg text-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-45 max-md:size-11",
        size === "sm" ? "size-7" : "size-8",
        className,
      )}
      {...rest}
    />
  );
}
