/** The commit before the chart changed throughout: what an upgrade starts from as long as no version is tagged. */
export const BEFORE_THE_LAST_CHANGE = '174b3a952c1fa23742736cfffc2daa97f3955d43';

/**
 * The revision to upgrade from; undefined where there is none, as in a shallow clone.
 *
 * @param tags of versions, the newest first
 * @param hasChart whether a revision is in the history and has a chart
 */
export async function earlierRevision(
  tags: readonly string[],
  hasChart: (revision: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const revision of [...tags, BEFORE_THE_LAST_CHANGE]) {
    if (await hasChart(revision)) return revision;
  }
  return undefined;
}
