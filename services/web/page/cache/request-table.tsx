import type { RequestRecord } from '../api/request-log.ts';
import { formatMs } from './read-times.ts';
import { shortPath } from './short-path.ts';
import { SourceBadge } from './source-badge.tsx';

const ROWS = 10;

/** The last requests of this page. */
export function RequestTable({ records }: { records: readonly RequestRecord[] }) {
  return (
    <details class="requests" open>
      <summary>
        <h3>Last requests</h3>
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Request</th>
            <th scope="col">Source</th>
            <th scope="col" class="number">
              Server
            </th>
            <th scope="col" class="number">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {records.slice(0, ROWS).map((record) => (
            <tr key={record.id}>
              <td>
                <code>
                  {record.method} {shortPath(record.path)}
                </code>
              </td>
              <td>
                <SourceBadge record={record} />
              </td>
              <td class="number">
                {record.serverMs === undefined ? '–' : formatMs(record.serverMs)}
              </td>
              <td class="number">{formatMs(record.totalMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
