// What can go wrong on the phone itself. Codes are stable: the interface has a sentence for each of them.

type StoreErrorCode =
  | 'storage_full'        // the browser refused more bytes; what was to be written is still in the draft
  | 'storage_failed'      // the database aborted or could not be opened
  | 'newer_version'       // another tab runs a newer app: reload this one
  | 'body_too_large'      // a record over MAX_BODY_BYTES
  | 'file_too_large'      // a file over MAX_FILE_BYTES even after shrinking
  | 'file_unreadable'     // not a picture, or what was read back is not what was written
  | 'draft_gone'          // the draft was finalised or dropped in the meantime
  | 'not_here'            // the record is not on this phone

/** A refusal of the phone's own storage. `code` is stable; `cause` is what the browser said. */
export class StoreError extends Error {
  constructor(readonly code: StoreErrorCode, cause?: unknown) {
    super(code, {cause})
    this.name = 'StoreError'
  }
}

/** Any failure of IndexedDB as a StoreError: a full disk is told apart, because the person can do something about it. */
export function storageFailure(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  if (name === 'VersionError') return new StoreError('newer_version', cause)
  return new StoreError(name === 'QuotaExceededError' ? 'storage_full' : 'storage_failed', cause)
}
