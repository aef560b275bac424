import { expect, test } from 'vitest';

import { loginSchema, registrationSchema } from './user.ts';

const good = { username: 'ann', email: 'ann@example.org', password: 'password123' };
const problems = (given: object) =>
  registrationSchema.safeParse({ ...good, ...given }).error?.issues.map(({ message }) => message);

test('normalizes input', () => {
  const parsed = registrationSchema.parse({
    username: ' Ann ',
    email: ' Ann@Example.ORG\t',
    // ﬁ and fullwidth digits: compatibility forms of the same letters.
    password: 'ﬁrst-１２３４５６',
  });
  expect(parsed).toEqual({
    username: 'Ann',
    email: 'ann@example.org',
    password: 'first-123456',
  });
  expect(loginSchema.parse({ email: ' Ann@Example.ORG\t', password: 'ﬁrst-１２３４５６' })).toEqual(
    {
      email: 'ann@example.org',
      password: 'first-123456',
    },
  );
});

test.each(['password123', '        ', 'パスワード一二三', 'x'.repeat(128)])(
  'accepts the password %j',
  (password) => {
    expect(problems({ password })).toBeUndefined();
  },
);

test.each([
  ['a short name', { username: 'ab' }, 'At least 3 characters'],
  ['a name of blanks', { username: '     ' }, 'At least 3 characters'],
  ['a long name', { username: 'a'.repeat(33) }, 'At most 32 characters'],
  ['a name with a space', { username: 'an n' }, 'Only letters, digits and _ . -'],
  ['a name with an emoji', { username: 'ann🎉' }, 'Only letters, digits and _ . -'],
  ['a name that looks like another', { username: 'аnn' }, 'Only letters, digits and _ . -'],
  ['the name of removed authors', { username: '[removed]' }, 'Only letters, digits and _ . -'],
  ['a name with NUL', { username: 'ann\0' }, 'Only letters, digits and _ . -'],
  ['a name with a line end', { username: 'ann\nbob' }, 'Only letters, digits and _ . -'],
  ['no e-mail address', { email: 'ann' }, 'Not an e-mail address'],
  ['two e-mail addresses', { email: 'a@example.org,b@example.org' }, 'Not an e-mail address'],
  ['an address with NUL', { email: 'ann\0@example.org' }, 'Not an e-mail address'],
  [
    'an address with a header',
    { email: 'ann@example.org\r\nBcc: b@c.de' },
    'Not an e-mail address',
  ],
  ['a long address', { email: `${'a'.repeat(250)}@example.org` }, 'At most 254 characters'],
  ['a short password', { password: '1234567' }, 'At least 8 characters'],
  ['a long password', { password: 'x'.repeat(129) }, 'At most 128 characters'],
])('rejects %s', (_name, given, message) => {
  expect(problems(given)).toEqual([message]);
});
