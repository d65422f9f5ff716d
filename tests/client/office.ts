// The office's server, small and obviously right: everything in memory, one rule of the protocol a method. Tests break
// its network with `fault`, and its disk with `backup` and `restore`.

import type {Fetch} from '../../fieldapp/client/exchange/api'
import type {Point} from '../../fieldapp/client/store/db'
import {newId, sha256} from '../../fieldapp/client/store/digest'

type Json = Record<string, any>     // what travels; the tests look into it freely

interface Held {
  log: Point[]
  changes: {seq: number; stream: string; kind: string; id: string; type: 'put' | 'tombstone' | 'leave'}[]
  signed: Record<string, {kind: string; op: string; ver: number; sha256: string; files: string[]; raw: string; review?: Json; repair?: Json}>
  merged: Record<string, {kind: string; body: Json; stamps: Record<string, [string, string, string]>}>
  receipts: Record<string, Json>     // by op and sha256
  inbox: Record<string, {raw: string; why: string; decision: string | null}>
  conflicts: string[]                // "op field" of every value that lost
  files: Record<string, ArrayBuffer>
}

/** What happens to a call: `before` the office sees it, or `after` it has answered; null = it goes through. */
export type Fault = (path: string, call: number) => null | {before: () => Response | never} | {after: () => Response | never}

export const lost = (): never => { throw new TypeError('Failed to fetch') }
export const portal = (): Response =>
  new Response('<html>Welcome to FreeWifi</html>', {status: 200, headers: {'Content-Type': 'text/html'}})
export const told = (status: number, code: string, headers: Record<string, string> = {}, extra: Json = {}): Response =>
  Response.json({error: {code, message: code, retry: true, ...extra}}, {status, headers})

export class Office {
  held: Held = {log: [], changes: [], signed: {}, merged: {}, receipts: {}, inbox: {}, conflicts: [], files: {}}
  backups: {held: Held; safe: number}[] = []
  safe = 0
  now = Date.parse('2026-11-21T02:15:00.000Z')
  tokens = new Map([['token', {revoked: false}]])
  fault: Fault = () => null
  erased = new Set<string>()         // ids that the retention rules took
  refuse: (kind: string, body: Json) => string | null = () => null   // why an op cannot be applied
  maxOps = 200
  tellsNext = true                   // whether a page's headers tell where the next begins
  calls: {path: string; body: Json; ops: Json[]}[] = []

  // ---- what the office does ----

  /** Changes records of the office's own, in one commit. */
  enter(kind: string, ...bodies: Json[]): void {
    const seq = this.commit()
    for (const body of bodies) {
      this.held.merged[body['id']] = {kind, body, stamps: this.held.merged[body['id']]?.stamps ?? {}}
      this.touch(seq, 'essentials', kind, body['id'])
    }
  }

  /** Says something of a signed record, beside its bytes. */
  say(id: string, words: {review?: Json; repair?: Json}): void {
    Object.assign(this.held.signed[id]!, words)
    this.touch(this.commit(), 'history', this.held.signed[id]!.kind, id)
  }

  /** Decides about an op of the inbox and tells whoever handed it in. */
  decide(op: string, decision: 'applied' | 'dismissed', more: Json = {}): void {
    this.held.inbox[op]!.decision = decision
    const sha256 = Object.keys(this.held.receipts).find(one => one.startsWith(op))!.slice(op.length).trim()
    this.enter('decision', {id: `${op}/${sha256}`, op, sha256, kind: '', decision, mended: false, why: '', reason: '', decided_at: '', by: 'An', ...more})
  }

  remove(kind: string, id: string, type: 'tombstone' | 'leave', stream = 'essentials'): void {
    delete this.held.merged[id]
    delete this.held.signed[id]
    this.touch(this.commit(), stream, kind, id, type)
  }

  backup(): void {
    this.safe = this.head()[0]
    this.backups.push({held: structuredClone(this.held), safe: this.safe})
  }

  restore(): void {
    const last = this.backups.at(-1)!
    this.held = structuredClone(last.held)
    this.safe = last.safe
  }

  head(): Point { return this.held.log.at(-1) ?? [0, ''] }

  // ---- the wire ----

  readonly fetch: Fetch = async (input, init) => {
    const path = input.replace('/sync/v1/', '')
    const fault = this.fault(path, this.calls.length)
    if (fault && 'before' in fault) {
      this.calls.push({path, body: {}, ops: []})
      return fault.before()
    }
    const answer = await this.answer(path, init)
    return fault && 'after' in fault ? fault.after() : answer
  }

  private async answer(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    const bytes = await unpacked(init.body as BodyInit, headers.get('Content-Encoding'))
    const [first = '{}', ...lines] = init.method === 'PUT' ? [] : new TextDecoder().decode(bytes).split('\n')
    const body = JSON.parse(first || '{}') as Json
    this.calls.push({path, body, ops: (body['ops'] ?? []) as Json[]})
    if (path === 'devices') return Response.json({device: body['device'], token: 'token', ...ENROLLED}, {status: 201})
    const who = this.tokens.get(headers.get('Authorization')?.replace('Bearer ', '') ?? '')
    if (!who) return told(401, 'sign_in')
    if (path === 'push') return this.push(body, lines.filter(line => line !== ''), who.revoked)
    if (path === 'files/have') return Response.json({
      missing: body['sha256'].filter((file: string) => !this.held.files[file]), seq: this.head()[0], mark: this.headBeyond(headers)})
    if (init.method === 'PUT') return this.put(path.replace('files/', ''), bytes, headers)
    return who.revoked ? told(403, 'device_revoked') : this.pull(body)
  }

  private async push(envelope: Json, lines: string[], revoked: boolean): Promise<Response> {
    const ops = envelope['ops'] as Json[]
    if (ops.length > this.maxOps) return told(413, 'push_too_large', {}, {retry: false})
    const digests = await Promise.all(lines.map(sha256))
    if (String(digests) !== String(ops.map(op => op['sha256']))) return told(400, 'malformed')
    const now = new Date(this.now).toISOString()
    const back = this.common(envelope['mark'], envelope['trail'])
    if (back) return Response.json({kind: 'push', rewind: back, now})
    const known = ops.every(op => this.held.receipts[key(op)])
    const seq = known ? 0 : this.commit()
    const receipts = ops.map((op, n) => this.held.receipts[key(op)] ??= this.apply(op, lines[n]!, seq, envelope['device'], revoked))
    return Response.json({
      kind: 'push', mark: this.head(), safe: this.safe, now, ...revoked ? {revoked} : {},
      receipts: receipts.map((receipt, n) => ({
        ...receipt, files_missing: (ops[n]!['files'] as string[]).filter(file => !this.held.files[file]),
        ...receipt['status'] === 'quarantined' ? {decision: this.held.inbox[receipt['op']]!.decision} : {},
      })),
    })
  }

  private apply(op: Json, raw: string, seq: number, device: string, revoked: boolean): Json {
    const body = JSON.parse(raw) as Json
    const there = this.held.signed[body['id']]
    const exists = op['kind'] !== 'establishment' && there && there.sha256 !== op['sha256']
    const why = revoked ? 'device_revoked' : this.refuse(op['kind'], body) ?? (exists ? 'record_exists' : null)
    if (this.erased.has(body['id'])) return {op: op['op'], status: 'erased', seq, why: null, fields: {}, conflicts: [], eff: {}}
    const receipt: Json = {op: op['op'], status: why ? 'quarantined' : 'applied', seq, why, fields: {}, conflicts: [], eff: {}}
    if (op['kind'] === 'draft' && !why) return receipt           // taken; kept.test.ts has them against the real server
    if (why) {
      this.held.inbox[op['op']] = {raw, why, decision: null}
      if (why === 'not_allowed') receipt['fields'] = {address: ['not allowed']}
    } else if (op['kind'] === 'establishment') {
      this.merge(op, body, device, receipt)
      this.touch(seq, 'essentials', 'establishment', body['id'])
    } else if (!there) {
      const {kind, ver, sha256, files} = op as any
      this.held.signed[body['id']] = {kind, op: op['op'], ver, sha256, files, raw}
      this.touch(seq, 'history', kind, body['id'])
    }
    return receipt
  }

  /** The writer that had seen the current value wins; else the highest (at, device, op). */
  private merge(op: Json, body: Json, device: string, receipt: Json): void {
    const record = this.held.merged[body['id']] ??= {kind: 'establishment', body: establishment(body['id']), stamps: {}}
    for (const [field, edit] of Object.entries(body['fields'] as Json)) {
      const stamp = record.stamps[field]
      const saw = stamp !== undefined && edit.base === stamp[2]
      let at: string = op['eff']?.[field] ?? edit.at
      if (saw && at <= stamp[0]) at = new Date(Date.parse(stamp[0]) + 1).toISOString()
      receipt['eff'][field] = at
      const mine: [string, string, string] = [at, device, op['op']]
      if (stamp && !saw && String(mine) < String(stamp)) {
        receipt['conflicts'].push(field)
        this.held.conflicts.push(`${op['op']} ${field}`)
        continue
      }
      if (stamp && !saw && edit.base !== stamp[2]) this.held.conflicts.push(`${stamp[2]} ${field}`)
      record.stamps[field] = mine
      record.body = {...record.body, [field]: edit.v}
    }
  }

  private pull({stream, cursor, mark, trail, limit}: Json): Response {
    const now = new Date(this.now).toISOString()
    const from: Point = cursor ?? [0, '']
    const back = this.common(from, trail) ?? this.common(mark, trail)
    if (back) return Response.json({kind: 'pull', rewind: back, now})
    const due = this.held.changes.filter(change => change.stream === stream && change.seq > from[0])
    const over = due[limit as number]
    const page = over ? due.filter(change => change.seq < over.seq) : due
    const last = over ? page.at(-1)!.seq : this.head()[0]
    const at = this.held.log.find(point => point[0] === last) ?? [0, '']
    const headers = over && this.tellsNext ? {'Sync-Next': JSON.stringify({cursor: at, mark: this.head()})} : {}
    const newest = new Map(page.map(change => [`${change.kind}/${change.id}`, change]))
    return Response.json({
      kind: 'pull', changes: [...newest.values()].map(change => this.told(change)), more: over !== undefined,
      cursor: at, mark: this.head(), safe: this.safe, now,
    }, {headers})
  }

  private told({seq, kind, id, type}: Held['changes'][number]): Json {
    const signed = this.held.signed[id]
    const merged = this.held.merged[id]
    if (type !== 'put' || (!signed && !merged)) return {type: type === 'put' ? 'tombstone' : type, kind, id, seq}
    return {type: 'put', kind, id, seq, ...signed ? {...signed, body: JSON.parse(signed.raw)} : {body: merged!.body, stamps: merged!.stamps}}
  }

  private async put(name: string, bytes: ArrayBuffer, headers: Headers): Promise<Response> {
    if (bytes.byteLength > 4 * 2 ** 20) return told(413, 'file_too_large')
    if (await sha256(bytes) !== name) return told(422, 'digest_mismatch')
    const there = this.held.files[name]
    this.held.files[name] = bytes
    const seq = there ? this.head()[0] : this.commit()
    return Response.json({sha256: name, seq, mark: this.headBeyond(headers)}, {status: there ? 200 : 201})
  }

  private headBeyond(headers: Headers): Point | null {
    return this.common(JSON.parse(headers.get('Sync-Mark')!) as Point, []) ? null : this.head()
  }

  private common(point: Point | null, trail: Point[]): Point | null {
    const holds = ([seq, tag]: Point) => seq === 0 || this.held.log.some(one => one[0] === seq && one[1] === tag)
    if (point === null || holds(point)) return null
    return [...trail].sort((a, b) => b[0] - a[0]).find(holds) ?? [0, '']
  }

  private commit(): number {
    const seq = this.head()[0] + 1
    this.held.log.push([seq, newId()])
    return seq
  }

  private touch(seq: number, stream: string, kind: string, id: string, type: 'put' | 'tombstone' | 'leave' = 'put'): void {
    this.held.changes.push({seq, stream, kind, id, type})
  }
}

/** An establishment that a phone has just found. */
const establishment = (id: string): Json => ({
  id, code: 'CS-NEW', type: 'other', address: '', area: null, entity: null, status: 'operating', review_state: 'identified',
  managed_since: null, managed_until: null, latitude: null, longitude: null, summary: {visits: [], findings: [], commitment: null},
})

export const ENROLLED: Json = {}     // user and unit of an enrolment, filled by cast.ts

function key(op: Json): string { return `${op['op']} ${op['sha256']}` }

async function unpacked(body: BodyInit | null, encoding: string | null): Promise<ArrayBuffer> {
  const plain = new Response(body)
  const stream = encoding === 'gzip' ? plain.body!.pipeThrough(new DecompressionStream('gzip')) : plain.body
  return new Response(stream).arrayBuffer()
}
