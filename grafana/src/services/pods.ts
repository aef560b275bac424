import { BytesIEC, NoUnit, PercentUnit } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph, timeline } from '../panels.ts';
import { containersWith, of, query, rate } from '../queries.ts';
import { above, nothing, threshold, up, windowOf } from '../thresholds.ts';

const chosen = of('${service}');
const services = of('auth|post|web');
/** An older version has no such metric: the state of its target counts. */
const ready = `relay_ready${services} or on (cluster, namespace, job, pod) up${services}`;
const containers = containersWith();
const limits = containersWith('resource="memory"');

export const pods: Row = {
  title: 'Pods',
  lines: [
    [
      timeline({
        title: 'Targets',
        description:
          'Whether each pod takes requests, and Prometheus reaches it; a pod that it does not reach may still serve.',
        unit: NoUnit,
        queries: [
          query(`(max by (pod) (up${services}) + max by (pod) (${ready})) / 2`, '{{pod}}'),
          query(`max by (pod) (up${of('redis-exporter')})`, '{{pod}}'),
          query(`max by (pod) (up${of('postgres-exporter')})`, '{{pod}}'),
        ],
        words: { 0: ['down', 'red'], 0.5: ['not ready', 'orange'], 1: ['up', 'green'] },
        thresholds: up(),
        alerts: ['RelayServiceDown', 'RelayTargetMissing'],
      }),
      graph({
        title: `Restarts in ${windowOf('RelayRestarting')}`,
        description:
          'How often a process started again in its pod; new pods of a rollout do not count.',
        unit: NoUnit,
        queries: [
          query(
            `changes(process_start_time_seconds${chosen}[${windowOf('RelayRestarting')}])`,
            '{{pod}}',
          ),
        ],
        thresholds: above(threshold('RelayRestarting')),
        alerts: ['RelayRestarting'],
      }),
      graph({
        title: `Killed when out of memory in ${windowOf('RelayOutOfMemory')}`,
        description: 'Processes that the kernel ended at the memory limit; normal is 0.',
        unit: NoUnit,
        queries: [
          query(
            `sum by (pod) (increase(container_oom_events_total${containers}[${windowOf('RelayOutOfMemory')}]))`,
            '{{pod}}',
          ),
        ],
        thresholds: nothing(),
        alerts: ['RelayOutOfMemory'],
      }),
    ],
    [
      graph({
        title: 'Memory',
        description:
          'The memory that the kernel counts against the limit of the container, and the limit.',
        unit: BytesIEC,
        queries: [
          query(`container_memory_working_set_bytes${containers}`, '{{pod}}'),
          // kube-prometheus-stack drops the first, and has the second.
          query(
            `max by (container) (container_spec_memory_limit_bytes${containers} or kube_pod_container_resource_limits${limits})`,
            'limit of {{container}}',
          ),
        ],
        alerts: ['RelayOutOfMemory'],
      }),
      graph({
        title: 'CPU',
        description:
          'CPU seconds a second; JavaScript runs on one thread, so near 1 a pod is full.',
        unit: PercentUnit,
        queries: [query(rate('process_cpu_seconds_total', chosen), '{{pod}}')],
      }),
      graph({
        title: 'Open files',
        description:
          'File descriptors in use, most of them connections, against how many there may be.',
        unit: PercentUnit,
        queries: [query(`process_open_fds${chosen} / process_max_fds${chosen}`, '{{pod}}')],
      }),
    ],
  ],
};
