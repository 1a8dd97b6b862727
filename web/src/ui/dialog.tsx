import { X } from "lucide-react";
import { type CSSProperties, type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { IconButton } from "./button";
import { cn } from "./cn";

type ModalProps = {
  labelledBy: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
  style?: CSSProperties | undefined;
};

/** A native modal: the rest of the page is truly inert. The first `[data-autofocus]` in it gets the focus. */
export function Modal({ labelledBy, onClose, children, className, style }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop closes it; for the keyboard, Escape does.
    <dialog
      ref={ref}
      aria-labelledby={labelledBy}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      style={style}
      className={cn("pop-in rounded-2xl border border-line bg-page p-0 shadow-pop", className)}
    >
      {children}
    </dialog>
  );
}

type Props = { title: string; onClose: () => void; children: ReactNode; className?: string };

/** A modal with a title, in the middle of the page. */
export function Dialog({ title, onClose, children, className = "w-[min(30rem,calc(100vw-1.5rem))]" }: Props) {
  const id = useId();
  return (
    <Modal labelledBy={id} onClose={onClose} className={cn("m-auto max-h-[min(85dvh,46rem)]", className)}>
      <div className="flex max-h-[min(85dvh,46rem)] flex-col">
        <header className="flex items-center justify-between gap-3 px-5 pt-4 pb-2">
          <h2 id={id} className="min-w-0 break-words text-lg font-semibold tracking-tight">
            {title}
          </h2>
          <IconButton label="Close" onClick={onClose} className="-mr-2 self-start">
            <X size={18} aria-hidden="true" />
          </IconButton>
        </header>
        <div className="min-h-0 overflow-y-auto px-5 pt-1 pb-5">{children}</div>
      </div>
    </Modal>
  );
}
