/** Turns values into bytes and back. */
export interface Codec<Value> {
  /** Part of an entry's stamp: an entry of another codec is a miss. Letters, digits, `.` and `-`. */
  readonly name: string;
  /** @throws CacheUsageError for a value that cannot be encoded faithfully */
  encode(value: Value): Uint8Array | string;
  /** @throws for bytes that are not of this codec; the entry is then a miss, and is replaced */
  decode(bytes: Buffer): Value;
}
