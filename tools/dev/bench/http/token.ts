/** Registers a user and logs in. */
export async function newToken(baseUrl: string): Promise<string> {
  const user = { email: 'bench@example.com', password: 'password123' };
  await send(`${baseUrl}/api/auth/users`, { ...user, username: 'bench' });
  const { token } = (await send(`${baseUrl}/api/auth/login`, user)) as { token: string };
  return token;
}

async function send(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
