import { describe, expect, test } from 'vitest';

import { draftSchema } from './post.ts';

const url = 'https://example.com/';
const parse = (draft: object) => draftSchema.safeParse({ title: 'A title', url, ...draft });
const messages = (draft: object) => parse(draft).error?.issues.map(({ message }) => message);

/** A URL of exactly this many characters. */
const urlOf = (length: number) => url.padEnd(length, 'x');

describe('a title', () => {
  test.each([
    ['is kept as it is', 'Ärger über Redis?', 'Ärger über Redis?'],
    ['loses the spaces around it', ' \u00a0a title\u3000 ', 'a title'],
    ['is composed (NFC)', 'cafe\u0301', 'caf\u00e9'],
    ['may have emoji, joined ones too', '👩‍👩‍👧 and 🇩🇪', '👩‍👩‍👧 and 🇩🇪'],
    ['may be one emoji, joined and with a variation', '❤\ufe0f\u200d🔥', '❤\ufe0f\u200d🔥'],
    ['may be a flag that is made of tags', '🏴\u{e0067}\u{e007f}', '🏴\u{e0067}\u{e007f}'],
    [
      'may be written from right to left',
      'שלום \u200fRedis\u200e, مرحبا',
      'שלום \u200fRedis\u200e, مرحبا',
    ],
    ['may have a joiner within', 'می\u200cخواهم', 'می\u200cخواهم'],
    ['may be a symbol', '∅', '∅'],
    ['may have one character', 'x', 'x'],
    ['may have 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
    ['counts an emoji as one character', '🙂'.repeat(300), '🙂'.repeat(300)],
    ['is measured without the spaces around it', ` ${'x'.repeat(300)} `, 'x'.repeat(300)],
    ['is measured composed', 'e\u0301'.repeat(300), '\u00e9'.repeat(300)],
    ['may look like SQL', "'); drop table posts; --", "'); drop table posts; --"],
  ])('%s', (_name, title, kept) => {
    expect(parse({ title }).data?.title).toBe(kept);
  });

  test.each([
    ['is empty', '', 'Must not be empty'],
    ['has only spaces', ' \u2003\u00a0 ', 'Must not be empty'],
    ['has 301 characters', 'x'.repeat(301), 'At most 300 characters'],
    ['has 301 emoji', '🙂'.repeat(301), 'At most 300 characters'],
    ['grows beyond 300 when it is composed', '\ufb2c'.repeat(101), 'At most 300 characters'],
    ['holds a NUL', 'a\0b', 'No control characters'],
    ['holds a line end', 'a\nb', 'No control characters'],
    ['ends in a line end', 'a\n', 'No control characters'],
    ['holds a C1 control character', 'a\u0085b', 'No control characters'],
    ['ends in half a surrogate pair', 'a\ud83d', 'Not well-formed Unicode'],
    ['begins with half a surrogate pair', '\ude00a', 'Not well-formed Unicode'],
  ])('is rejected when it %s', (_name, title, message) => {
    expect(messages({ title })).toEqual([message]);
  });

  test.each([0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069])(
    'is refused when it overrides the direction of text with %o',
    (control) => {
      expect(messages({ title: `a${String.fromCodePoint(control)}b` })).toEqual([
        'No characters that override the direction of text',
      ]);
    },
  );

  test.each([
    0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0x2062,
    0x2800, 0x3164, 0xfe0f, 0xffa0, 0xe0020,
  ])('is rejected when nothing is in it but %o', (codePoint) => {
    const invisible = String.fromCodePoint(codePoint);
    expect(messages({ title: `${invisible} ${invisible}` })).toEqual([
      'Must have a visible character',
    ]);
  });

  test.each([undefined, null, 7, true, ['a'], { a: 1 }])('is rejected when it is %o', (title) => {
    expect(messages({ title })).toHaveLength(1);
  });
});

describe('a URL', () => {
  test.each([
    ['gets its host in lower case', 'HTTPS://Example.COM/Path', 'https://example.com/Path'],
    ['gets a path', 'http://example.com', 'http://example.com/'],
    ['loses its default port', 'http://example.com:80/', 'http://example.com/'],
    ['keeps another port', 'https://example.com:8443/', 'https://example.com:8443/'],
    ['loses the spaces around it', `  ${url}\t`, url],
    ['has its path resolved', 'https://example.com/a/../b', 'https://example.com/b'],
    ['has its spaces encoded', 'https://example.com/a b', 'https://example.com/a%20b'],
    [
      'keeps query and fragment',
      'https://example.com/?a=%27;--#b',
      'https://example.com/?a=%27;--#b',
    ],
    [
      'has its host in ASCII (IDN)',
      'https://bücher.example/ä',
      'https://xn--bcher-kva.example/%C3%A4',
    ],
    ['may name an IPv6 address', 'http://[::1]:3000/', 'http://[::1]:3000/'],
    ['may have 2,048 characters', urlOf(2048), urlOf(2048)],
  ])('%s', (_name, given, kept) => {
    expect(parse({ url: given }).data?.url).toBe(kept);
  });

  test.each([
    ['is empty', '', 'Not a URL'],
    ['is relative', '/posts/1', 'Not a URL'],
    ['has no scheme', 'example.com', 'Not a URL'],
    ['has no host', 'https://', 'Not a URL'],
    ['has a space in its host', 'https://exa mple.com', 'Not a URL'],
    ['is a script', 'javascript:alert(1)', 'Must begin with http:// or https://'],
    ['is a script in disguise', 'java\tscript:alert(1)', 'Not a URL'],
    ['is data', 'data:text/html,hi', 'Must begin with http:// or https://'],
    ['is a file', 'file:///etc/passwd', 'Must begin with http:// or https://'],
    ['is FTP', 'ftp://example.com/', 'Must begin with http:// or https://'],
    ['has a user name', 'https://ann@example.com/', 'Must not contain a user name or a password'],
    ['has a password', 'https://ann:x@example.com/', 'Must not contain a user name or a password'],
    [
      'has a password alone',
      'https://:x@example.com/',
      'Must not contain a user name or a password',
    ],
    ['holds a tab', 'https://example.com/a\tb', 'Not a URL'],
    ['holds a line end', 'https://example.com/a\nb', 'Not a URL'],
    ['holds a NUL', 'https://example.com/a\0b', 'Not a URL'],
    ['begins with a NUL', `\0${url}`, 'Not a URL'],
    ['holds half a surrogate pair', 'https://example.com/\ud83d', 'Not a URL'],
    ['has a port out of range', 'https://example.com:65536/', 'Not a URL'],
    ['has 2,049 characters', urlOf(2049), 'At most 2048 characters'],
    ['grows beyond 2,048 when it is encoded', url + 'ä'.repeat(500), 'At most 2048 characters'],
  ])('is rejected when it %s', (_name, given, message) => {
    expect(messages({ url: given })).toEqual([message]);
  });

  test.each([undefined, null, 7, ['a']])('is rejected when it is %o', (given) => {
    expect(messages({ url: given })).toHaveLength(1);
  });
});

test('a draft with several errors lists all of them', () => {
  const { error } = draftSchema.safeParse({ title: '', url: '', votes: 9 });
  const paths = error?.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : issue.path,
  );
  expect(paths?.toSorted()).toEqual(['title', 'url', 'votes']);
});
