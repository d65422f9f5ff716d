// One call to the office's server, and what its answer means: an answer, try again later, or sign in again. Nothing
// else ever happens to an outbox. An answer counts only if it is JSON of the expected kind, so a captive portal's 200
// or a gateway's page changes nothing.

import type {Point} from '../store/db'
import type {FailureCode} from '../store/exchange_state'

export type Fetch = (input: string, init: RequestInit) => Promise<Response>

/** How to reach the server, and as whom. */
export interface Wire {
  fetch: Fetch
  device: string
  token: string | null             // null only for enrolment
}

export interface Answered<T> { is: 'answer'; body: T }
/** after_s: the server asked for so many seconds of patience. fields: what an error says about its reason. */
export interface Retry { is: 'retry'; code: FailureCode; status: number; after_s: number | null; fields: unknown }
export interface SignIn { is: 'sign_in' }
export type Outcome<T> = Answered<T> | Retry | SignIn

interface Request {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  type?: string
  body?: string | ArrayBuffer
  /** Compress the body where the browser can. */
  gzip?: boolean
  /** The phone's, where the body does not tell it. */
  mark?: Point
  /** Called with a 2xx answer's headers, before its body has come. */
  onHeaders?: (headers: Headers) => void
}

const ROOT = '/sync/v1/'

/** Long enough for a full batch on a poor signal. */
const TIMEOUT_MS = 90_000

/** Calls the server. `expected` judges the body of a 2xx answer. Never raises. */
export async function call<T>(wire: Wire, request: Request, expected: (body: unknown) => body is T): Promise<Outcome<T>> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
  try {
    const response = await wire.fetch(ROOT + request.path, await requestOf(wire, request, patience.signal))
    if (response.ok) request.onHeaders?.(response.headers)
    return judge(response, await read(response), expected)
  } catch {
    return retry(patience.signal.aborted ? 'timeout' : 'unreachable')
  } finally {
    clearTimeout(timer)
  }
}

/** A file of the office, or null when it does not come now. The caller compares its bytes with its name. */
export async function fetchFile(wire: Wire, name: string): Promise<{bytes: ArrayBuffer; type: string} | null> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
  try {
    const response = await wire.fetch(`${ROOT}files/${name}`, await requestOf(wire, {method: 'GET', path: ''}, patience.signal))
    if (!response.ok) return null
    return {bytes: await response.arrayBuffer(), type: response.headers.get('Content-Type') ?? ''}
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

function judge<T>(response: Response, body: unknown, expected: (body: unknown) => body is T): Outcome<T> {
  if (response.ok && expected(body)) return {is: 'answer', body}
  const error = errorOf(body)
  const after_s = patienceOf(response.headers.get('Retry-After'))
  if (response.ok || !error) return retry(body === undefined ? 'not_our_server' : 'bad_answer', response.status, after_s)
  if (response.status === 401 && error.code === 'sign_in') return {is: 'sign_in'}
  return retry(error.code, response.status, after_s, error.fields)
}

async function requestOf({token}: Wire, request: Request, signal: AbortSignal): Promise<RequestInit> {
  const headers: Record<string, string> = {Accept: 'application/json'}
  if (token !== null) headers['Authorization'] = `Bearer ${token}`
  if (request.mark) headers['Sync-Mark'] = JSON.stringify(request.mark)
  if (request.type !== undefined) headers['Content-Type'] = request.type
  let body: BodyInit | null = request.body ?? null
  if (request.gzip && body !== null && typeof CompressionStream !== 'undefined') {
    body = await gzipped(body)
    headers['Content-Encoding'] = 'gzip'
  }
  // A redirect would hand signed records to whoever answered; the server never redirects the wire.
  return {method: request.method, headers, body, signal, redirect: 'error', credentials: 'omit', cache: 'no-store'}
}

async function gzipped(body: BodyInit): Promise<ArrayBuffer> {
  return new Response(new Response(body).body!.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
}

/** The answer's JSON, or undefined when it is none. */
async function read(response: Response): Promise<unknown> {
  const text = new TextDecoder().decode(await response.arrayBuffer())     // a good part faster than text()
  if (!response.headers.get('Content-Type')?.startsWith('application/json')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function errorOf(body: unknown): {code: string; fields: unknown} | null {
  const error = isObject(body) && isObject(body['error']) ? body['error'] : null
  return error && typeof error['code'] === 'string' ? {code: error['code'], fields: error['fields'] ?? null} : null
}

function patienceOf(header: string | null): number | null {
  if (header === null) return null
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null
}

export function retry(code: FailureCode, status = 0, after_s: number | null = null, fields: unknown = null): Retry {
  return {is: 'retry', code, status, after_s, fields}
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
