/**
 * A clock that jumps while the server runs: libfaketime, preloaded into its processes, reads how far it is off from a file.
 * Timers are left as they are; what jumps is the time of day, as after a correction by NTP or a virtual machine that slept.
 * @see https://github.com/wolfcw/libfaketime
 */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Unavailable } from './unavailable.ts'

export type JumpingClock = {
  readonly environment: Readonly<Record<string, string>>
  /** By so many seconds off the true time. Known to the server within a second. */
  jump(seconds: number): void
  remove(): void
}

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`,
)

/** @throws Unavailable */
export function jumpingClock(): JumpingClock {
  const library = LIBRARIES.find((file) => existsSync(file))
  if (library === undefined)
    throw new Unavailable('there is no libfaketime (Debian: apt-get install faketime)')
  const folder = mkdtempSync(join(tmpdir(), 'dmp-clock-'))
  const file = join(folder, 'offset')
  const jump = (seconds: number): void => {
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    renameSync(`${file}.new`, file)
  }
  jump(0)
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_CACHE_DURATION: '1',
    },
    jump,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
