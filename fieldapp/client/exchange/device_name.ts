// How the office lists this phone, and how its person tells it from another of theirs.

const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux']

interface Told { model?: string }
interface Hints { getHighEntropyValues?(what: string[]): Promise<Told> }

/** As far as the browser tells: "SM-A125F, Android", or less. */
export async function deviceName(): Promise<string> {
  const about = globalThis.navigator as (Navigator & {userAgentData?: Hints}) | undefined
  const told = await about?.userAgentData?.getHighEntropyValues?.(['model']).catch(() => null)
  return nameFrom(about?.userAgent ?? '', told?.model ?? '')
}

/** agent: the user agent. model: as told beside it. Chrome writes every Android as "Android 10; K". */
export function nameFrom(agent: string, model: string): string {
  const system = SYSTEMS.find(one => agent.includes(one)) ?? ''
  const named = /Android [^;)]*; (?!K\))([^;)]+?)(?: Build[^;)]*)?[;)]/.exec(agent)?.[1] ?? ''
  return [model || named, system].filter(Boolean).join(', ').slice(0, 80)
}
