// A lock between processes: a folder is made by one only. It holds its owner's process id, so that a lock left behind by a
// killed build is taken over.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50
const LONGEST_MS = 5 * 60_000
const WITHOUT_OWNER_MS = 2_000

export async function withLock(folder, work) {
  mkdirSync(dirname(folder), { recursive: true })
  const release = () => rmSync(folder, { recursive: true, force: true })
  await acquire(folder)
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

async function acquire(folder) {
  const deadline = Date.now() + LONGEST_MS
  while (Date.now() < deadline) {
    try {
      mkdirSync(folder)
      writeFileSync(join(folder, 'pid'), String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true })
    else await sleep(POLL_MS)
  }
  throw new Error(
    `Another build has held ${folder} for ${LONGEST_MS / 60_000} minutes: remove it if none is running`,
  )
}

function isAbandoned(folder) {
  try {
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 0)
    return false
  } catch (error) {
    if (error.code === 'ESRCH') return true
    if (error.code === 'EPERM') return false
    const made = statSync(folder, { throwIfNoEntry: false })
    return made !== undefined && Date.now() - made.mtimeMs > WITHOUT_OWNER_MS
  }
}
