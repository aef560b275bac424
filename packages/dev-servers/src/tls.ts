import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { DevServerError } from './errors.ts';
import { run } from './processes.ts';

/** A server's certificate, its key, and the certificate of the CA that signed it: paths of PEM files. */
export type TlsFiles = { certFile: string; keyFile: string; caFile: string };

/** A certificate for tests. `ca` is the PEM of the CA, for clients. */
type TestCertificate = { files: TlsFiles; ca: string };

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const validity = ['-days', '2'];

/**
 * Makes a CA and a server's certificate that it signs, valid for two days. Node can read X.509 and not
 * write it, so this takes the openssl of the PATH: `findProgram('openssl')`.
 *
 * @param dir for the files; made when missing, one for each certificate
 * @param names as openssl writes them: `['DNS:localhost', 'IP:127.0.0.1']`
 * @throws DevServerError with openssl's output
 */
export async function makeCertificate({
  openssl,
  dir,
  names,
}: {
  openssl: string;
  dir: string;
  names: readonly string[];
}): Promise<TestCertificate> {
  await mkdir(dir, { recursive: true });
  const file = (name: string) => path.join(dir, name);
  const files = {
    certFile: file('server.crt'),
    keyFile: file('server.key'),
    caFile: file('ca.crt'),
  };
  const call = async (...args: string[]) => {
    const { ok, output } = await run(openssl, args);
    if (!ok) throw new DevServerError(`openssl ${args[0]} failed:\n${output}`);
  };
  const caKey = ['-keyout', file('ca.key')];
  await call(
    'req',
    '-x509',
    ...newKey,
    ...caKey,
    ...validity,
    '-subj',
    '/CN=test CA',
    '-out',
    files.caFile,
  );
  const request = ['-keyout', files.keyFile, '-out', file('server.csr')];
  await call('req', '-new', ...newKey, ...request, '-subj', '/CN=test server');
  await writeFile(file('names.cnf'), `subjectAltName=${names.join(',')}\n`);
  const signer = ['-CA', files.caFile, '-CAkey', file('ca.key'), '-CAcreateserial'];
  const subject = ['-in', file('server.csr'), '-extfile', file('names.cnf')];
  await call('x509', '-req', ...subject, ...signer, ...validity, '-out', files.certFile);
  return { files, ca: await readFile(files.caFile, 'utf8') };
}

/** Whether a redis-server or valkey-server was built with TLS. */
export async function supportsTls(binary: string): Promise<boolean> {
  // It names the first argument that it does not take, and never starts.
  const { output } = await run(binary, ['--tls-port', '0', '--port', 'none']);
  return !output.includes('tls-port "0"');
}
