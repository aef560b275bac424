import { experiment } from '../../../../tests/alerts/experiment.ts';
import { repeat } from '../../../../tests/alerts/faults/load.ts';
import { fillRedis } from '../../../../tests/alerts/faults/redis-memory.ts';

export default experiment({
  fault: 'Redis is full, and 10 entries are added each second',
  // Memory is high before the first eviction; from then on it is inhibited.
  alsoFires: ['RelayRedisMemoryHigh'],
  async inject(recovery) {
    const filler = fillRedis(recovery);
    await filler.write(await filler.roomUntil(1));
    repeat(recovery, 1000, () => filler.write(10));
  },
});
