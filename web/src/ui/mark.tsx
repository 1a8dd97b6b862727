/** The product's mark: two people talking at once. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 64 64" className={className} aria-hidden="true">
      <rect width="64" height="64" rx="15" fill="#0c5f6c" />
      <path
        d="M15 20a7 7 0 0 1 7-7h14a7 7 0 0 1 7 7v7a7 7 0 0 1-7 7H25l-6 6v-6.6A7 7 0 0 1 15 27z"
        fill="#f5f2ed"
      />
      <path
        d="M47 25.5A7 7 0 0 1 51 32v7a7 7 0 0 1-4 6.4V52l-6-6H30a7 7 0 0 1-6.6-4.8L27 38h10a10 10 0 0 0 10-10z"
        fill="#ff8a65"
      />
    </svg>
  );
}
