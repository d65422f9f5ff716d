// What the sync screen says, in the language that is spoken.

import {say} from './strings'
import {syncEn} from './strings.sync.en'
import {syncVi} from './strings.sync.vi'

export function words(): typeof syncVi { return say.code === 'en' ? syncEn : syncVi }
