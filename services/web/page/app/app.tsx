import { useEffect, useMemo } from 'preact/hooks';

import { AccountView } from '../account/account-view.tsx';
import type { User } from '../api/session.ts';
import { CachePanel } from '../cache/panel.tsx';
import { FeedView } from '../feed/feed-view.tsx';
import { Heading } from '../ui/heading.tsx';
import { Link } from '../ui/link.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { createMember, MemberContext } from './member.ts';
import { NoticeBar } from './notice-bar.tsx';
import { useServices } from './services.ts';
import { Welcome } from './welcome.tsx';

export function App() {
  const { session } = useServices();
  useEffect(() => void session.start(), [session]);
  const state = session.state.value;
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <Header />
      <ConnectionBanner />
      {state.status === 'logged-in' ? (
        <MemberPage key={state.user.id} user={state.user} />
      ) : (
        <Welcome state={state} />
      )}
      <Footer />
      <NoticeBar />
    </>
  );
}

function MemberPage({ user }: { user: User }) {
  const services = useServices();
  const member = useMemo(() => createMember(services, user), [services, user]);
  useEffect(() => member.outage.end, [member]);
  return (
    <MemberContext value={member}>
      <div class="columns">
        <main id="main" tabIndex={-1}>
          <View path={services.routing.path.value} />
        </main>
        <CachePanel />
      </div>
    </MemberContext>
  );
}

function View({ path }: { path: string }) {
  switch (path) {
    case '/':
    case '/login':
    case '/register':
      return <FeedView key="newest" kind="newest" />;
    case '/top':
      return <FeedView key="top" kind="top" />;
    case '/mine':
      return <FeedView key="mine" kind="mine" />;
    case '/account':
      return <AccountView />;
    default:
      return (
        <>
          <Heading>No such page</Heading>
          <p>
            There is nothing at this address. <Link to="/">See the newest links</Link>
          </p>
        </>
      );
  }
}
