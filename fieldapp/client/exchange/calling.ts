// Everything that speaks with the office, as one part of the app that comes once the first screen stands: a phone starts
// without it.

export {signIn} from './enrol'
export {round} from './round'
