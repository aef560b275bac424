/** Icons beside text or in a labelled control: hidden from assistive technology. */
const HIDDEN = { 'aria-hidden': 'true', viewBox: '0 0 16 16', class: 'icon' } as const;

export function ArrowUp() {
  return (
    <svg {...HIDDEN}>
      <path d="M8 3 2.5 10.5h11z" />
    </svg>
  );
}

export function Logo() {
  return (
    <svg {...HIDDEN} viewBox="0 0 32 32" class="logo">
      <rect width="32" height="32" rx="8" />
      <path d="M9 23V9h7.5a4.5 4.5 0 0 1 0 9H9m7 0 6 5" />
    </svg>
  );
}
