import { signal, type ReadonlySignal } from '@preact/signals';

/** The path of the page, in the address bar and its history. */
export interface Routing {
  path: ReadonlySignal<string>;
  navigate(path: string): void;
  /** Follows a link without a new document, unless the user opens it elsewhere. */
  follow(event: MouseEvent): void;
}

export function createRouting(window: Window): Routing {
  const { location, history } = window;
  const path = signal(location.pathname);
  window.addEventListener('popstate', () => (path.value = location.pathname));

  function navigate(next: string): void {
    if (next === path.peek()) return;
    history.pushState(null, '', next);
    path.value = next;
    window.scrollTo(0, 0);
  }

  return {
    path,
    navigate,
    follow(event) {
      const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
      if (elsewhere || event.button !== 0) return;
      event.preventDefault();
      navigate((event.currentTarget as HTMLAnchorElement).pathname);
    },
  };
}
