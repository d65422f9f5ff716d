// What is near. The position is asked for once, used here and stored nowhere.

import type {Establishment, Listed} from '../store/shapes'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import type {Entry} from './entries'

export interface Position { latitude: number; longitude: number }

const METRES_PER_DEGREE = 111_320

/** Metres as the crow flies; infinite where no position is recorded. */
export function distanceTo(from: Position, {latitude, longitude}: Pick<Listed, 'latitude' | 'longitude'>): number {
  if (latitude === null || longitude === null) return Infinity
  const north = (latitude - from.latitude) * METRES_PER_DEGREE
  const east = (longitude - from.longitude) * METRES_PER_DEGREE * Math.cos(from.latitude * Math.PI / 180)
  return Math.hypot(north, east)
}

/** For the phone's own map app: the place where one is recorded, else the address. apple: an iPhone or iPad, whose browser
 *  has no app for geo: addresses; only there does it say whether it stands alone. */
export function mapLink({latitude, longitude, address, name}: Pick<Establishment, 'latitude' | 'longitude' | 'address' | 'name'>,
  apple = 'standalone' in navigator): string {
  const [words, here] = [encodeURIComponent(name), latitude !== null && longitude !== null ? `${latitude},${longitude}` : '']
  const sought = encodeURIComponent(address || name)
  if (apple) return here ? `maps://?ll=${here}&q=${words}` : `maps://?q=${sought}`
  return here ? `geo:${here}?q=${here}(${words})` : `geo:0,0?q=${sought}`
}

/** Where the phone is, or null after telling why not. */
export async function findPosition(app: App, entries: readonly Entry[]): Promise<Position | null> {
  if (!entries.some(entry => entry.establishment.latitude !== null)) {
    app.tell({text: say.near_none})
    return null
  }
  const position = await currentPosition()
  if (!position) app.tell({text: say.near_refused})
  return position
}

/** The phone's position, or null when the person or the phone does not give it. */
export function currentPosition(): Promise<Position | null> {
  return new Promise(resolve => {
    if (!('geolocation' in navigator)) return resolve(null)
    navigator.geolocation.getCurrentPosition(({coords}) => resolve({latitude: coords.latitude, longitude: coords.longitude}),
      () => resolve(null), {enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000})
  })
}
