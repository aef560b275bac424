interface Rule {
  pattern: RegExp;
  /** The remedy. */
  hint: string;
  /** Whether questions are exempt. */
  exceptQuestions?: boolean;
}

/** A breach of a rule. */
export interface Breach {
  /** The matched words. */
  words: string;
  /** Position of the words in the text. */
  index: number;
  hint: string;
}

const PEOPLE =
  'users?|operators?|readers?|authors?|persons?|people|owners?|maintainers?|you|she|he';

/** A space, a line break with its indent, or both. */
const GAP = String.raw`\s+`;
const words = (source: string, flags = 'gi') =>
  new RegExp(String.raw`\b(?:${source.replaceAll(' ', GAP)})\b`, flags);

const RULES: readonly Rule[] = [
  {
    pattern: words('nobody|somebody|no one|someone|whoever|whatever|whom|whose'),
    hint: 'name the person or the thing, or use the passive or the imperative',
  },
  {
    // A sentence starts at a block's start, behind a full stop or a colon, or in a table's cell.
    pattern: /(?<=(?:^|[.:!?|]\s|\n\s*\n)[\s*>-]*)(?:Who|Whoever|That\s+which)\s+\w+/g,
    hint: 'begin with the noun that acts',
    exceptQuestions: true,
  },
  {
    pattern: words('what(?! to do)|one (?:that|which|who)|the one (?:at|for|in|of|to|with)'),
    hint: 'name the thing',
    exceptQuestions: true,
  },
  {
    pattern: new RegExp(
      String.raw`(?<!\b(?:${PEOPLE})\s+)\b(?:says?|said|tells?|told|knows?|knew|hears?|heard|wants?|forgets?|forgot|asks?|asked)\b`,
      'gi',
    ),
    hint: 'things return, log, report, emit, match, request, hold, delete',
  },
  {
    pattern: words(
      'all the same|for want of|(?:been|ever|was) had|trying on|of before|so to speak|but for|finds? out|mends?|lets? (?:in|out)|anew',
    ),
    hint: 'use the common term',
  },
  {
    pattern: /\bis\s+there(?=\s+already\b|[.,;)])/gi,
    hint: 'exists, runs, is installed',
    exceptQuestions: true,
  },
];

/** The breaches in a text without code, by position; of those that begin at the same word, the first. */
export function breachesIn(text: string): Breach[] {
  const breaches = RULES.flatMap(({ pattern, hint, exceptQuestions }) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => !(exceptQuestions && isQuestion(text, index)))
      .map(({ 0: match, index }) => ({ words: match.replaceAll(/\s+/g, ' '), index, hint })),
  );
  const sorted = breaches.toSorted((a, b) => a.index - b.index);
  return sorted.filter(({ index }, i) => index !== sorted[i - 1]?.index);
}

function isQuestion(text: string, index: number): boolean {
  return /^[^.?!]*\?/.test(text.slice(index));
}
