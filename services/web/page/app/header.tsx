import { messageOf } from '../api/problem.ts';
import { Logo } from '../ui/icons.tsx';
import { Link } from '../ui/link.tsx';
import { useServices } from './services.ts';

export function Header() {
  const { session } = useServices();
  const state = session.state.value;
  return (
    <header class="header">
      <div class="header-inner">
        <Link to="/" class="brand">
          <Logo /> Relay
        </Link>
        {state.status === 'logged-in' && <MemberNavigation username={state.user.username} />}
      </div>
    </header>
  );
}

function MemberNavigation({ username }: { username: string }) {
  const { session, notices, routing } = useServices();

  async function logOut(): Promise<void> {
    try {
      await session.logOut();
      routing.navigate('/');
      notices.show('You are logged out.');
    } catch (error) {
      notices.show(`You are still logged in. ${messageOf(error)}`, 'error');
    }
  }

  return (
    <>
      <nav aria-label="Lists">
        <Link to="/">Newest</Link>
        <Link to="/top">Top</Link>
        <Link to="/mine">My posts</Link>
      </nav>
      <div class="account-links">
        <Link to="/account" class="username">
          {username}
        </Link>
        <button type="button" class="text-button" onClick={() => void logOut()}>
          Log out
        </button>
      </div>
    </>
  );
}
