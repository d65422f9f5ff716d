// The one seam through which everything about establishments goes into and out of the database. Today it changes
// nothing; encryption at rest replaces these two functions and nothing else. They are asynchronous, and callers seal
// before they open a transaction, because waiting for WebCrypto inside an IndexedDB transaction commits it.

declare const sealed: unique symbol
export type Sealed<T extends string | ArrayBuffer> = T & {readonly [sealed]: true}

/** What may be written to the database. */
export async function seal<T extends string | ArrayBuffer>(plain: T): Promise<Sealed<T>> {
  return plain as Sealed<T>
}

/** What was sealed, again in plain. */
export async function open<T extends string | ArrayBuffer>(closed: Sealed<T>): Promise<T> {
  return closed
}

/** A JSON value, sealed. */
export async function sealJson(value: unknown): Promise<Sealed<string>> {
  return seal(JSON.stringify(value))
}

/** A value sealed by `sealJson`. The shape is the writer's promise. */
export async function openJson<T>(closed: Sealed<string>): Promise<T> {
  return JSON.parse(await open(closed)) as T
}
