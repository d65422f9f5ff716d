// Photos and signatures on the phone, under the sha256 of their bytes.

import type {Sha256} from './shapes'
import type {Store} from './store'

export const MAX_FILE_BYTES = 4 * 2 ** 20

/** A file for showing, or null when it is not (or no longer) on this phone. */
export declare function readFile(store: Store, sha256: Sha256): Promise<Blob | null>
