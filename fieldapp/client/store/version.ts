declare const __APP__: string | undefined

/** The app's version, set when it is bundled. */
export const APP = typeof __APP__ === 'undefined' ? 'dev' : __APP__
