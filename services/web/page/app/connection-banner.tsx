import { useServices } from './services.ts';

/** Shown while requests get no response. The panel's look at the cache finds the connection again. */
export function ConnectionBanner() {
  const { reachable, session } = useServices();
  const isShown = !reachable.value && session.state.value.status === 'logged-in';
  return (
    <p class="banner" role="status" hidden={!isShown}>
      {isShown &&
        'Relay cannot be reached. The list may be old. The page continues once the connection is back.'}
    </p>
  );
}
