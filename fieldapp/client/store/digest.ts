// Names that the device makes: random ids and the sha256 of bytes.

import type {Sha256, Uuid} from './shapes'

const encoder = new TextEncoder()

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** How many bytes a text has as UTF-8, counted without making them: records come by the thousand. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit & 0xf800) !== 0xd800 ? 2 : 1     // half of a pair is two of four bytes
  }
  return bytes
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** The sha256 of bytes (or of a text's UTF-8), in hex. Over plain HTTP browsers hide WebCrypto; a library stands in. */
export async function sha256(content: string | ArrayBuffer): Promise<Sha256> {
  const bytes = typeof content === 'string' ? utf8(content) : new Uint8Array(content)
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  if (subtle) return hex(new Uint8Array(await subtle.digest('SHA-256', bytes)))
  const library = await import('@noble/hashes/sha2.js')
  return hex(library.sha256(bytes))
}

/** A random UUID (version 4), also where `crypto.randomUUID` is hidden. */
export function newId(): Uuid {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16))
  return uuid(bytes, 0x40)
}

function uuid(bytes: Uint8Array, version: number): Uuid {
  bytes[6] = (bytes[6]! & 0x0f) | version
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const OID = Uint8Array.from([0x6b, 0xa7, 0xb8, 0x12, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8])

/** The id that follows from a text: uuid5 in RFC 9562's namespace OID, as Python makes it. */
export async function uuid5(text: string): Promise<Uuid> {
  const named = Uint8Array.from([...OID, ...utf8(text)])
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-1', named)) : (await import('@noble/hashes/legacy.js')).sha1(named)
  return uuid(digest.slice(0, 16), 0x50)
}

/** A record's check code, as it is shown before and after signing and printed at the foot: "7F3A 91C2 D04E". */
export function checkCode(digest: Sha256): string {
  return digest.slice(0, 12).toUpperCase().replace(/(.{4})(?=.)/g, '$1 ')
}
