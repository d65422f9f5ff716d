// Whether the app opens without a connection, and whether a newer one waits.

export type OfflineReady =
  | {ok: true; reason: null}
  | {ok: false; reason: 'insecure' | 'unsupported' | 'installing' | 'failed'}

/** Whether the shell is kept on this phone. `insecure`: plain HTTP from another host, where browsers have no workers. */
export declare function offlineReady(): Promise<OfflineReady>
/** Registers the worker. `onUpdate` is called when a newer app waits; `takeOver()` then lets it in and reloads. */
export declare function keepShell(onUpdate: (takeOver: () => void) => void): Promise<void>
