import { cn } from "@/ui/cn";
import { useView } from "@/view/view";

/** Short words about what was done or went wrong. */
export function Toasts() {
  const toasts = useView((view) => view.toasts);
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-24 z-40 flex flex-col items-center gap-2 px-4">
      {toasts.map((toast) => (
        <p
          key={toast.id}
          role={toast.is_error ? "alert" : undefined}
          className={cn(
            "pop-in max-w-md rounded-xl px-4 py-2 text-sm shadow-pop",
            toast.is_error ? "bg-signal text-on-signal" : "bg-ink text-page",
          )}
        >
          {toast.text}
        </p>
      ))}
    </div>
  );
}
