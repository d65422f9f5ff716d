// What the phone knows of the commune: the office's word as last pulled, with this person's own edits laid over it
// until they have come back with a pull.

import type {Stamp, Stamps} from './db'
import type {Area, BusinessEntity, Checklist, Establishment, Inspection, Commitment, Facts, Sha256, Uuid, Unit} from './shapes'
import type {Store} from './store'

/** The commune, or null before the first pull of a person enrolled without one. */
export declare function unit(store: Store): Promise<Unit | null>
/** All areas, by name. */
export declare function areas(store: Store): Promise<Area[]>
export declare function entities(store: Store): Promise<Map<Uuid, BusinessEntity>>
/** The checklist that new inspections use, or null before the first pull. */
export declare function currentChecklist(store: Store): Promise<Checklist | null>
/** The checklist with this content hash. Raises StoreError not_here. */
export declare function checklist(store: Store, id: Sha256): Promise<Checklist>

/** Every establishment of the person's scope, own edits included, in the order of their codes. The array and its
 *  elements are shared and kept between calls until something changes: read, do not write. */
export declare function establishments(store: Store): Promise<readonly Establishment[]>
/** One establishment with own edits. Raises StoreError not_here. */
export declare function establishment(store: Store, id: Uuid): Promise<Establishment>
/** The stamp of each field that was edited since it was imported: what an edit is based on. */
export declare function stampsOf(store: Store, id: Uuid): Promise<Stamps>
/** What a record freezes of an establishment on the day of the visit. */
export declare function factsOf(store: Store, id: Uuid): Promise<Facts>

export interface SignedRecord { id: Uuid; kind: 'inspection' | 'commitment'; sha256: Sha256; own: boolean; body: Inspection | Commitment }
/** The signed records of an establishment that this phone holds, newest first. */
export declare function signedRecords(store: Store, establishment: Uuid): Promise<SignedRecord[]>
/** One signed record. Raises StoreError not_here. */
export declare function signedRecord(store: Store, id: Uuid): Promise<SignedRecord>

export type {Stamp}
