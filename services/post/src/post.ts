import { z } from 'zod';

import { TITLE_PATTERN, URL_PATTERN } from './post-patterns.ts';

/** The author of a post, as named by their token at the time. */
export interface Author {
  id: string;
  username: string;
}

export interface Post {
  id: string;
  title: string;
  url: string;
  votes: number;
  author: Author;
  createdAt: Date;
}

/** A post that has been checked and is not kept yet. */
export type Draft = z.output<typeof draftSchema>;

/** The place after a post in a list that is ordered by age. */
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
  /** Where the next page begins; `null` on the last. */
  next: Position | null;
}

/** A post's count after a vote, and whose post it is. */
export interface Tally {
  votes: number;
  authorId: string;
}

export type Removal = 'removed' | 'not-found' | 'not-the-author';

/** Keeps posts and votes. One vote for each user and post, and a count that always agrees. */
export interface PostStore {
  add(post: { id: string; author: Author } & Draft): Promise<Post>;
  findById(id: string): Promise<Post | undefined>;
  /** Newest first, of everyone or of one author. */
  list(page: PageRequest & { authorId?: string | undefined }): Promise<Page>;
  /** Most votes first, the newer first among equals. */
  top(limit: number): Promise<Post[]>;
  /** Gives or takes back a vote; doing so twice changes nothing. `undefined`: no such post. */
  setVote(vote: { postId: string; userId: string; up: boolean }): Promise<Tally | undefined>;
  remove(id: string, authorId: string): Promise<Removal>;
}

const MAX_TITLE_CHARACTERS = 300;
const MAX_URL_CHARACTERS = 2048;

/** Override or isolate the direction of what is written after them, also beyond the title. */
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;
/** Whatever leaves a mark: no space, no joiner or other format character, no filler, no blank Braille. */
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
    description: 'Measured in Unicode normalization form C, without the spaces around it',
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
  .meta({ pattern: URL_PATTERN, description: 'Other URLs of http and https are accepted, too' });

function urlProblem(text: string, parsed: URL | null): string | undefined {
  // URL drops tabs and line ends, and replaces half a surrogate pair, without a word.
  if (!parsed || !text.isWellFormed() || /\p{Cc}/u.test(text)) return 'Not a URL';
  if (!['http:', 'https:'].includes(parsed.protocol)) return 'Must begin with http:// or https://';
  if (parsed.username || parsed.password) return 'Must not hold a user name or a password';
  return undefined;
}

export const draftSchema = z.strictObject({ title, url });
