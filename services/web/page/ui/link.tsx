import type { ComponentChildren } from 'preact';

import type { PAGE_PATHS } from '../../src/page-paths.ts';
import { useServices } from '../app/services.ts';

interface LinkProps {
  to: (typeof PAGE_PATHS)[number];
  class?: string;
  children: ComponentChildren;
}

/** A link to a path of the page; marked as the current one where it is. */
export function Link({ to, children, ...rest }: LinkProps) {
  const { path, follow } = useServices().routing;
  return (
    <a {...rest} href={to} onClick={follow} aria-current={path.value === to ? 'page' : undefined}>
      {children}
    </a>
  );
}
