import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

interface Rhythm {
  lockedMs: number;
  /** Between two times. */
  openMs: number;
}

const NAME = 'relay-drill';
/** Longer than any scenario: nobody may be left who locks for ever. */
const AT_MOST = '10 minutes';

/** Locks the table of posts against readers again and again, until it is healed. */
export async function lockPosts(
  healing: AsyncDisposableStack,
  { lockedMs, openMs }: Rhythm,
): Promise<void> {
  const locking = psql(
    relay,
    `do $$
     declare began timestamptz := clock_timestamp();
     begin
       perform set_config('application_name', '${NAME}', false);
       while clock_timestamp() < began + interval '${AT_MOST}' loop
         lock table post.posts in access exclusive mode;
         perform pg_sleep(${lockedMs / 1000});
         commit;
         perform pg_sleep(${openMs / 1000});
       end loop;
     end $$`,
  ).catch(() => 'its end is not its own');
  healing.defer(async () => {
    await psql(
      relay,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${NAME}'`,
    );
    await locking;
  });
}
