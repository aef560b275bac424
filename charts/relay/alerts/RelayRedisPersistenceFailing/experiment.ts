import { experiment } from '../../../../tests/alerts/experiment.ts';
import { failRewrite } from '../../../../tests/alerts/faults/append-only-file.ts';

export default experiment({
  fault: 'the folder of the append-only file is read-only when Redis rewrites the file',
  inject: failRewrite,
});
