/** The commit before the rewrite of the chart: upgrades start from it until a version is tagged. */
export const BEFORE_THE_LAST_CHANGE = '174b3a952c1fa23742736cfffc2daa97f3955d43';

/**
 * The revision to upgrade from; undefined without one, as in a shallow clone.
 *
 * @param tags of versions, newest first
 * @param hasChart true for a revision that is in the history and has a chart
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
