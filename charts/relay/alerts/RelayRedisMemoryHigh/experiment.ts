import { experiment } from '../../../../tests/alerts/experiment.ts';
import { fillRedis } from '../../../../tests/alerts/faults/redis-memory.ts';

export default experiment({
  fault: 'Redis is filled to 95 % of maxmemory',
  async inject(recovery) {
    const filler = fillRedis(recovery);
    await filler.write(await filler.roomUntil(0.95));
  },
});
