/*
 * The rules of a post as regular expressions for JSON Schema, which has no Unicode properties, so character
 * classes are listed. A test compares them with the zod schemas.
 */

/** Control characters, and characters that override the direction of text. */
const FORBIDDEN = String.raw`\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069`;

/** Spaces, format characters, fillers, blank Braille: Unicode 17. */
const INVISIBLE =
  String.raw`\u0020\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160` +
  String.raw`\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164` +
  String.raw`\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb` +
  // Beyond 16 bits no escape works in all dialects.
  '\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}';

/** At least one visible character and no forbidden character. */
export const TITLE_PATTERN = `^[^${FORBIDDEN}]*[^${FORBIDDEN}${INVISIBLE}][^${FORBIDDEN}]*$`;

const LABEL = '[A-Za-z](?:-?[A-Za-z0-9]){0,61}';
const CHARACTERS = '(?:[A-Za-z0-9._~!$&()*+,;=:@/-]|%[0-9A-Fa-f]{2})*';

/**
 * URLs that are stored unchanged. The API also accepts URLs that it normalizes, such as internationalized
 * hosts, which a regular expression cannot validate.
 */
export const URL_PATTERN =
  String.raw`^https?://${LABEL}(?:\.${LABEL}){0,15}(?::[1-9][0-9]{0,3})?` +
  String.raw`(?:/${CHARACTERS}(?:\?${CHARACTERS})?(?:#${CHARACTERS})?)?$`;
