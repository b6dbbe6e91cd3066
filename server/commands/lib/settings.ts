import { readSettings, type Settings } from '../../utils/config.ts'
import { encryptedFile } from '../../utils/entries.ts'
import { takeEnvironment } from '../../utils/environment.ts'

/** The settings an operator's program runs with: the server's, without the need for what guards the gate. */
export function commandSettings(): Settings {
  return readSettings(takeEnvironment(encryptedFile()))
}
