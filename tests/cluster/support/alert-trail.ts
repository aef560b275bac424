/** A rule's expression and labels. */
export interface TrailRule {
  name: string;
  query: string;
  labels?: Record<string, string>;
  /** In seconds. */
  keepFiringFor?: number;
}

const SELECTOR = /(?<name>[a-zA-Z_:][\w:]*)\{(?<matchers>[^}]*)\}(?:\[(?<range>[^\]]+)\])?/g;
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * The seconds for which an alert may fire after its cause has ended: the ranges of its expression plus
 * those of the recording rules that it uses.
 *
 * @param rules all rules; recording rules are looked up by name and labels
 */
export function trailOf(alert: TrailRule, rules: readonly TrailRule[]): number {
  return trailOfExpression(alert.query, rules) + (alert.keepFiringFor ?? 0);
}

function trailOfExpression(expression: string, rules: readonly TrailRule[]): number {
  // An `or` fires until both sides have ended, an `and` until one of them has.
  const sides = splitAtTop(expression, 'or').map((side) =>
    Math.min(...splitAtTop(side, 'and').map((part) => trailOfSelectors(part, rules))),
  );
  return Math.max(...sides);
}

function trailOfSelectors(expression: string, rules: readonly TrailRule[]): number {
  const trails = [...expression.matchAll(SELECTOR)].map(({ groups }) => {
    const { name = '', matchers = '', range } = groups!;
    const behind = rules
      .filter((rule) => rule.name === name && isSelected(rule, matchers))
      .map((rule) => trailOf(rule, rules));
    return secondsOf(range) + Math.max(0, ...behind);
  });
  const subqueries = [...expression.matchAll(/\)\s*\[([^\]]+)\]/g)];
  const subquerySeconds = subqueries.reduce((sum, [, range]) => sum + secondsOf(range), 0);
  return Math.max(0, ...trails) + subquerySeconds;
}

/** True if a recording rule's labels satisfy the equality matchers. */
function isSelected({ labels = {} }: TrailRule, matchers: string): boolean {
  const equalities = [...matchers.matchAll(/(\w+)\s*=\s*"([^"]*)"/g)];
  return equalities.every(([, label, value]) => (labels[label!] ?? value) === value);
}

/** `1h30m` in seconds. A subquery's resolution, `[1h:1m]`, adds nothing. */
function secondsOf(range = ''): number {
  const parts = range.split(':')[0]!.matchAll(/(\d+)([smhdw])(?!s)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit!]!, 0);
}

/** Splits at an operator outside of parentheses, braces and strings. */
function splitAtTop(expression: string, operator: string): string[] {
  const token = new RegExp(`"[^"]*"|[(){}]|\\b${operator}\\b`, 'g');
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: text, index } of expression.matchAll(token)) {
    if (text === '(' || text === '{') depth += 1;
    else if (text === ')' || text === '}') depth -= 1;
    else if (text === operator && depth === 0) {
      parts.push(expression.slice(from, index));
      from = index + operator.length;
    }
  }
  return [...parts, expression.slice(from)];
}
