import { Component, type ReactNode } from "react";
import { Trouble } from "@/ui/states";

/** A mistake in the page is said, and leaves a way out. What was written is kept in drafts and the outbox. */
export class Boundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <main className="flex h-full items-center justify-center">
        <Trouble
          message="Something in this page went wrong. Nothing you wrote is lost."
          onRetry={() => location.reload()}
        />
      </main>
    );
  }
}
