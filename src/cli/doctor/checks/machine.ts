/** The machine: the release of Node, open files, memory, disks. Linux says more than others; what it does not say is left out. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import packageJson from '../../../../package.json' with { type: 'json' }
import type { Check, Installation } from '../check.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'

const MEBIBYTE = 1024 * 1024
/** Of a process that serves, busy (docs/operations.md "Workers"). */
const PROCESS_BYTES = 200 * MEBIBYTE
/** Beside clients: the database, files, pipes. */
const FILES_BESIDE = 200
const ROOM_FAULT = 200 * MEBIBYTE
const ROOM_WARNING = 2_048 * MEBIBYTE
const TMPFS = 0x01021994

export const machine: Check = {
  name: 'machine',
  reliesOn: ['DMP_WORKERS', 'DMP_SPOOL_DIR', 'DMP_DATA_DIR', 'DMP_MAX_CONNECTIONS', 'DATABASE_URL'],
  async look(installation) {
    const found = [
      ...judgeNode(process.versions.node, packageJson.engines.node),
      ...judgeFiles(openFiles(), installation.config.overload.connections),
      ...judgeMemory(memoryLimit(), installation.config),
      ...disks(installation),
    ]
    if (found.length > 0) return found
    const gigabytes = (memoryLimit() / 1024 ** 3).toFixed(1)
    return [
      ok(
        'machine-fits',
        `Node ${process.versions.node}, ${gigabytes} Gio de mémoire (${(freemem() / 1024 ** 3).toFixed(1)} libres), fichiers ouverts et disques suffisants`,
        `Node ${process.versions.node}, ${gigabytes} GiB of memory (${(freemem() / 1024 ** 3).toFixed(1)} free), open files and disks suffice`,
      ),
    ]
  },
}

/** @param wanted as `>=20.19` */
export function judgeNode(version: string, wanted: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = wanted.replace(/^>=/, '').split('.').map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return []
  return [
    fault(
      'node-too-old',
      [`Node ${version} est trop ancien`, `Node ${version} is too old`],
      [`installer Node ${wanted.slice(2)} ou plus récent`, `install Node ${wanted.slice(2)} or later`],
    ),
  ]
}

/** The soft limit of this process, which a server started the same way has too. */
function openFiles(): number {
  const file = '/proc/self/limits'
  if (!existsSync(file)) return Number.POSITIVE_INFINITY
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync(file, 'utf8')) ?? []
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
}

export function judgeFiles(limit: number, connections: number): Finding[] {
  const wanted = connections + FILES_BESIDE
  if (limit >= wanted) return []
  return [
    warning(
      'open-files',
      [
        `${limit} fichiers ouverts au plus, pour ${connections} connexions de clients (DMP_MAX_CONNECTIONS)`,
        `${limit} open files at most, for ${connections} connections of clients (DMP_MAX_CONNECTIONS)`,
      ],
      [
        `ulimit -n ${wanted} (LimitNOFILE= dans systemd), ou moins de connexions`,
        `ulimit -n ${wanted} (LimitNOFILE= in systemd), or fewer connections`,
      ],
    ),
  ]
}

/** That of the container, where there is one. */
function memoryLimit(): number {
  for (const file of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    const limit = existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : Number.NaN
    if (limit > 0 && limit < totalmem()) return limit
  }
  return totalmem()
}

export function judgeMemory(
  limit: number,
  { workers, limits }: Pick<Installation['config'], 'workers' | 'limits'>,
): Finding[] {
  const wanted = (workers + 1) * PROCESS_BYTES + workers * limits.maxBodyBytesAtOnce
  if (limit >= wanted) return []
  const [has, wants] = [limit, wanted].map((bytes) => Math.round(bytes / MEBIBYTE))
  return [
    warning(
      'memory',
      [
        `${has} Mio de mémoire, il en faut ${wants} pour DMP_WORKERS=${workers} et DMP_MAX_BODY_BYTES_AT_ONCE`,
        `${has} MiB of memory, ${wants} are needed for DMP_WORKERS=${workers} and DMP_MAX_BODY_BYTES_AT_ONCE`,
      ],
      ['plus de mémoire, ou moins de processus', 'more memory, or fewer processes'],
    ),
  ]
}

function disks({ config, login }: Installation): Finding[] {
  const { spoolDir, dataDir, databaseUrl } = config
  const found = folder('DMP_SPOOL_DIR', spoolDir)
  if (existsSync(spoolDir) && statfsSync(spoolDir).type === TMPFS)
    found.push(
      warning(
        'spool-in-memory',
        [
          'DMP_SPOOL_DIR est en mémoire (tmpfs) : de grands dépôts la rempliraient',
          'DMP_SPOOL_DIR lies in memory (tmpfs): large deposits would fill it',
        ],
        ['un dossier sur disque', 'a folder on a disk'],
      ),
    )
  return databaseUrl === undefined && login ? [...found, ...folder('DMP_DATA_DIR', dataDir)] : found
}

function folder(variable: string, path: string): Finding[] {
  const there = existsSync(path) ? path : dirname(path)
  try {
    accessSync(there, constants.W_OK)
  } catch {
    return [
      fault(
        'folder-not-writable',
        [
          `le dossier de ${variable} n'est pas accessible en écriture`,
          `the folder of ${variable} cannot be written to`,
        ],
        ['le créer, au nom du compte du serveur', 'make it, owned by the account of the server'],
      ),
    ]
  }
  const { bavail, bsize } = statfsSync(there)
  const room = bavail * bsize
  if (room >= ROOM_WARNING) return []
  const megabytes = Math.round(room / MEBIBYTE)
  const say = room < ROOM_FAULT ? fault : warning
  return [
    say(
      'disk-full',
      [
        `il reste ${megabytes} Mio sur le disque de ${variable}`,
        `${megabytes} MiB are left on the disk of ${variable}`,
      ],
      ['faire de la place, ou un autre disque', 'make room, or take another disk'],
    ),
  ]
}
