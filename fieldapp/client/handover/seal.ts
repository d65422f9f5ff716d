// Seals a file to the office's server: whoever finds it reads nothing. The format is sync/PROTOCOL.md, "Handed over as a
// file"; fieldapp/sealing.py opens it, and tests/vectors/export.json holds the two together.

import {utf8} from '../store/digest'

/** The server's key, as the unit tells it: its name, and the P-256 point in base64. */
interface ExportKey { id: string; p256: string }

/** What makes a sealed file its own; given in tests only. */
interface Chances { ephemeral: CryptoKeyPair; salt: Uint8Array<ArrayBuffer>; chunk: number }

const CHUNK_BYTES = 65_536
const VERSION = 1
const CURVE = {name: 'ECDH', namedCurve: 'P-256'} as const

type Bytes = Uint8Array<ArrayBuffer>

/** A file that is being sealed: content goes in piece by piece, so that a thousand photos need little memory. */
export class Sealing {
  private readonly parts: BlobPart[]
  private rest: Bytes = new Uint8Array(0)
  private place = 0

  private constructor(private readonly cipher: CryptoKey, private readonly head: Bytes, private readonly chunk: number) {
    this.parts = [head]
  }

  static async begin(key: ExportKey, chances: Partial<Chances> = {}): Promise<Sealing> {
    const {subtle} = globalThis.crypto
    const {chunk = CHUNK_BYTES, salt = globalThis.crypto.getRandomValues(new Uint8Array(16))} = chances
    const ephemeral = chances.ephemeral ?? await subtle.generateKey(CURVE, false, ['deriveBits'])
    const own = new Uint8Array(await subtle.exportKey('raw', ephemeral.publicKey))
    const told = {key: key.id, ephemeral: base64(own), salt: base64(salt), chunk}
    const head = utf8(`fieldapp-export ${VERSION}\n${JSON.stringify(told)}\n`)
    return new Sealing(await derive(ephemeral.privateKey, own, bytesOf(key.p256), salt), head, chunk)
  }

  async add(content: Bytes): Promise<void> {
    this.rest = joined(this.rest, content)
    while (this.rest.byteLength > this.chunk) {
      await this.put(this.rest.slice(0, this.chunk), false)
      this.rest = this.rest.slice(this.chunk)
    }
  }

  async end(): Promise<Blob> {
    await this.put(this.rest, true)
    return new Blob(this.parts, {type: 'application/octet-stream'})
  }

  private async put(plain: Bytes, last: boolean): Promise<void> {
    const iv = new Uint8Array(12)
    new DataView(iv.buffer).setUint32(7, this.place++)
    iv[11] = last ? 1 : 0
    const sealed = await globalThis.crypto.subtle.encrypt({name: 'AES-GCM', iv, additionalData: this.head}, this.cipher, plain)
    this.parts.push(new Blob([sealed]))        // browsers keep blobs on the disk
  }
}

async function derive(privateKey: CryptoKey, own: Bytes, theirs: Bytes, salt: Bytes): Promise<CryptoKey> {
  const {subtle} = globalThis.crypto
  const publicKey = await subtle.importKey('raw', theirs, CURVE, false, [])
  const secret = await subtle.deriveBits({name: 'ECDH', public: publicKey}, privateKey, 256)
  const info = joined(joined(utf8(`fieldapp export ${VERSION}`), own), theirs)
  const from = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  return subtle.deriveKey({name: 'HKDF', hash: 'SHA-256', salt, info}, from, {name: 'AES-GCM', length: 256}, false, ['encrypt'])
}

function joined(a: Bytes, b: Bytes): Bytes {
  const both = new Uint8Array(a.byteLength + b.byteLength)
  both.set(a)
  both.set(b, a.byteLength)
  return both
}

function base64(bytes: Bytes): string { return btoa(String.fromCharCode(...bytes)) }

function bytesOf(text: string): Bytes { return Uint8Array.from(atob(text), letter => letter.charCodeAt(0)) }
