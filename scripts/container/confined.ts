/**
 * Runs the content of the image as a container would, where there is no container engine: as an unprivileged user without any
 * capability, on a file system that is read-only but for the folders named. It needs root and Linux, for its own mounts.
 * NOT as in a container: the libraries are those of this machine, and so are its network and its processes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

export const USER = 65532

/** Why it cannot be done here; undefined: it can. */
export function whyNotConfined(): string | undefined {
  if (process.platform !== 'linux') return 'only on Linux'
  if (process.getuid?.() !== 0) return 'it takes root to mount'
  const { status, stderr } = spawnSync('unshare', ['--mount', 'setpriv', '--version'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no mounts of its own here: ${stderr.trim() || 'unshare, setpriv'}`
}

// `remount,bind` changes the mount of this namespace, not the file system; what is mounted elsewhere is made read-only too.
const SCRIPT = `
set -e
folder="$1"; shift
while [ "$1" != -- ]; do mount --bind "$1" "$1"; chown ${USER}:${USER} "$1"; kept="$kept $1"; shift; done
shift
mount --bind "$folder" "$folder"
awk '$4 ~ /(^|,)rw(,|$)/ && $2 !~ "^/(proc|sys)" { print $2 }' /proc/self/mounts | while read -r place; do
  case "$kept " in *" $place "*) ;; *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;; esac
done
cd "$folder"
exec setpriv --reuid=${USER} --regid=${USER} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
`

export type Confinement = {
  /** What is the root of the application. */
  readonly folder: string
  /** Absolute; nothing else can be written. */
  readonly writable: readonly string[]
  /** The whole of it, but for PATH. */
  readonly environment: Readonly<Record<string, string>>
}

/** The process itself is the command: a signal to it is one to the server. */
export function runConfined(
  [program = '', ...args]: readonly string[],
  { folder, writable, environment }: Confinement,
): ChildProcess {
  return spawn(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      SCRIPT,
      'sh',
      folder,
      ...writable,
      '--',
      program,
      ...args,
    ],
    { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

export async function endOf(child: ChildProcess): Promise<Ended> {
  const said = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, ...said }
}
