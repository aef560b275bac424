import { useLayoutEffect, useRef } from 'preact/hooks';

let isFirst = true;

/** Moves the focus to the heading of the view, after the focused control is gone. */
export function focusHeading(): void {
  document.querySelector('h1')?.focus({ preventScroll: true });
}

/** The heading of a view. Gets the focus after a navigation, so that a screen reader announces the view. */
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${children} · Relay`;
    // The document itself is announced when it has loaded.
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, [children]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
