/**
 * Settles as `work` does, or rejects after `timeoutMs`. The work goes on; its later result is
 * ignored.
 *
 * @param name what gave no answer, for the message
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
