import { randomBytes } from 'node:crypto';

/** A client of the API, as one user. */
export interface Client {
  email: string;
  list(): Promise<Response>;
  titles(): Promise<string[]>;
  post(title: string): Promise<Response>;
}

export const PASSWORD = 'password123';

/** Registers somebody new and logs in. */
export async function newClient(apiUrl: string): Promise<Client> {
  const username = `tester-${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.com`;
  const registered = await postJson(`${apiUrl}/api/auth/users`, {
    username,
    email,
    password: PASSWORD,
  });
  if (registered.status !== 201) throw new Error(`Registration: ${await registered.text()}`);
  return logIn(apiUrl, email);
}

export async function logIn(apiUrl: string, email: string): Promise<Client> {
  const answer = await postJson(`${apiUrl}/api/auth/login`, { email, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`Login: ${await answer.text()}`);
  const { token }: { token: string } = JSON.parse(await answer.text());
  const headers = { Authorization: `Bearer ${token}` };
  const list = () => fetch(`${apiUrl}/api/posts`, { headers });
  return {
    email,
    list,
    async titles() {
      const { posts }: { posts: { title: string }[] } = JSON.parse(await (await list()).text());
      return posts.map(({ title }) => title);
    },
    post: (title) =>
      postJson(`${apiUrl}/api/posts`, { title, url: 'https://example.com' }, headers),
  };
}

function postJson(url: string, body: object, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
