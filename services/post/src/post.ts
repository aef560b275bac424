import { z } from 'zod';

import { TITLE_PATTERN, URL_PATTERN } from './post-patterns.ts';

/** The author of a post, from the access token at the time. */
export interface Author {
  id: string;
  username: string;
}

/** Shown as the author of posts of removed users. No user can register it. */
export const REMOVED_AUTHOR = '[removed]';

export interface Post {
  id: string;
  title: string;
  url: string;
  votes: number;
  author: Author;
  createdAt: Date;
}

/** A validated post before it is stored. */
export type Draft = z.output<typeof draftSchema>;

/** The position of a post in a list ordered by age. */
export interface Position {
  createdAt: Date;
  id: string;
}

export interface PageRequest {
  limit: number;
  after?: Position | undefined;
}

export interface Page {
  posts: Post[];
  /** The start of the next page; `null` on the last. */
  next: Position | null;
}

/** A post's vote count after a vote, and its author. */
export interface Tally {
  votes: number;
  authorId: string;
}

export type Removal = 'removed' | 'not-found' | 'not-the-author';

/** Stores posts and votes: one vote per user and post, and a consistent count. */
export interface PostStore {
  add(post: { id: string; author: Author } & Draft): Promise<Post>;
  findById(id: string): Promise<Post | undefined>;
  /** Newest first, of all authors or of one. */
  list(page: PageRequest & { authorId?: string | undefined }): Promise<Page>;
  /** Most votes first, then newest first. */
  top(limit: number): Promise<Post[]>;
  /** Adds or removes a vote; idempotent. Returns `undefined` if the post does not exist. */
  setVote(vote: { postId: string; userId: string; up: boolean }): Promise<Tally | undefined>;
  /** Returns the posts among `postIds` that have a vote of the user. */
  votedAmong(postIds: readonly string[], userId: string): Promise<string[]>;
  remove(id: string, authorId: string): Promise<Removal>;
  /** Returns the authors among `userIds` with posts that show a name. */
  namedAuthors(userIds: readonly string[]): Promise<string[]>;
  /**
   * Replaces the author's name by `REMOVED_AUTHOR` on at most `limit` posts, and returns their ids. Omits posts
   * that another transaction is changing.
   */
  removeAuthorName(authorId: string, limit: number): Promise<string[]>;
}

const MAX_TITLE_CHARACTERS = 300;
const MAX_URL_CHARACTERS = 2048;

/** Change the direction of the following text, even beyond the title. */
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;
/** A visible character: no space, joiner or other format character, filler, or blank Braille. */
const VISIBLE = /[^\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

const title = z
  .string()
  .refine((text) => text.isWellFormed(), 'Not well-formed Unicode')
  .refine((text) => !/\p{Cc}/u.test(text), 'No control characters')
  .refine((text) => !BIDI_CONTROL.test(text), 'No characters that override the direction of text')
  .normalize('NFC')
  .trim()
  .min(1, { error: 'Must not be empty', abort: true })
  .refine((text) => VISIBLE.test(text), 'Must have a visible character')
  .refine(
    (text) => Array.from(text).length <= MAX_TITLE_CHARACTERS,
    `At most ${MAX_TITLE_CHARACTERS} characters`,
  )
  .meta({
    maxLength: MAX_TITLE_CHARACTERS,
    pattern: TITLE_PATTERN,
    description: 'Measured after Unicode normalization (NFC) and trimming',
  });

const url = z
  .string()
  .max(MAX_URL_CHARACTERS, `At most ${MAX_URL_CHARACTERS} characters`)
  .trim()
  .transform((text, context) => {
    const parsed = URL.parse(text);
    const problem = urlProblem(text, parsed);
    if (problem) context.addIssue({ code: 'custom', message: problem });
    return parsed?.href ?? '';
  })
  .refine((href) => href.length <= MAX_URL_CHARACTERS, `At most ${MAX_URL_CHARACTERS} characters`)
  .meta({ pattern: URL_PATTERN, description: 'Other http and https URLs are accepted, too' });

function urlProblem(text: string, parsed: URL | null): string | undefined {
  // URL silently removes tabs and line ends, and replaces lone surrogates.
  if (!parsed || !text.isWellFormed() || /\p{Cc}/u.test(text)) return 'Not a URL';
  if (!['http:', 'https:'].includes(parsed.protocol)) return 'Must begin with http:// or https://';
  if (parsed.username || parsed.password) return 'Must not contain a user name or a password';
  return undefined;
}

export const draftSchema = z.strictObject({ title, url });
