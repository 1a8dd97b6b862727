import { type ComponentProps, useId } from "react";
import { cn } from "./cn";

type Props = { label: string; hint?: string; error?: string | null };

const box =
  "w-full rounded-lg border bg-raised px-3 py-2 text-ink placeholder:text-soft focus:outline-2 focus:outline-offset-0 focus:outline-accent";

/** A labelled input, with its hint and what is wrong with it tied to it for screen readers. */
export function Field({ label, hint, error, className, ...rest }: Props & ComponentProps<"input">) {
  const id = useId();
  const about = error || hint ? `${id}-about` : undefined;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={about}
        className={cn(box, "max-md:min-h-11", error ? "border-signal" : "border-line-strong")}
        {...rest}
      />
      {about && (
        <p id={about} className={cn("mt-1 text-sm", error ? "text-signal-text" : "text-soft")}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
