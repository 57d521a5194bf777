/** How far it has come: one line that is written over on a terminal, a line now and then elsewhere. */
export type Progress = { readonly tell: (text: string) => void; readonly end: () => void }

export type ProgressTo = {
  readonly terminal: boolean
  /** Writes as it stands. */
  readonly write: (text: string) => void
  readonly now: () => number
}

const PLAIN_EVERY_MS = 10_000
const TERMINAL_EVERY_MS = 100
const LINE_START = '\r\u001b[K'

export function progressOnStderr(): Progress {
  return createProgress({
    terminal: process.stderr.isTTY === true,
    write: (text) => void process.stderr.write(text),
    now: () => performance.now(),
  })
}

export function createProgress({ terminal, write, now }: ProgressTo): Progress {
  const every = terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS
  let told = now()
  let open = false
  return {
    tell(text) {
      if (now() - told < every) return
      told = now()
      open = terminal
      write(terminal ? LINE_START + text : `${text}\n`)
    },
    end() {
      if (open) write(LINE_START)
      open = false
    },
  }
}
