/** The path of a request without `/api`, ids and cursors. */
export function shortPath(path: string): string {
  return path
    .replace(/^\/api/, '')
    .replaceAll(/=[^&]*/g, '=…')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…');
}
