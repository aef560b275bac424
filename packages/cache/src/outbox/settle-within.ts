/**
 * Settles as `work` does, or rejects after `timeoutMs`. The work continues; its later result is
 * ignored.
 *
 * @param name the work that did not settle, for the message
 */
export async function settleWithin<T>(
  work: PromiseLike<T>,
  timeoutMs: number,
  name: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    const expire = () => reject(new Error(`${name} gave no answer in ${timeoutMs} ms`));
    timer = setTimeout(expire, timeoutMs).unref();
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
