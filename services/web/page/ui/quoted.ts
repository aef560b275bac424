/**
 * A text of a user within a sentence of the page. Isolated (Unicode's FSI and PDI): a title from right to left changes
 * the order of no other word.
 */
export const quoted = (text: string): string => `“\u2068${text}\u2069”`;
