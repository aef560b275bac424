import { z } from 'zod';

/** Whoever wrote a post, as their token named them then. */
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
  remove(id: string, authorId: string): Promise<'removed' | 'not-found' | 'not-the-author'>;
}

const MAX_TITLE_CHARACTERS = 300;
const MAX_URL_CHARACTERS = 2048;

const title = z
  .string()
  .refine((text) => text.isWellFormed(), 'Not well-formed Unicode')
  .refine((text) => !/\p{Cc}/u.test(text), 'No control characters')
  .normalize('NFC')
  .trim()
  .min(1, 'Must not be empty')
  .refine(
    (text) => Array.from(text).length <= MAX_TITLE_CHARACTERS,
    `At most ${MAX_TITLE_CHARACTERS} characters`,
  );

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
  .refine((href) => href.length <= MAX_URL_CHARACTERS, `At most ${MAX_URL_CHARACTERS} characters`);

function urlProblem(text: string, parsed: URL | null): string | undefined {
  // URL drops tabs and line ends, and replaces half a surrogate pair, without a word.
  if (!parsed || !text.isWellFormed() || /\p{Cc}/u.test(text)) return 'Not a URL';
  if (!['http:', 'https:'].includes(parsed.protocol)) return 'Must begin with http:// or https://';
  if (parsed.username || parsed.password) return 'Must not hold a user name or a password';
  return undefined;
}

export const draftSchema = z.strictObject({ title, url });
