/**
 * `npm run container`: the Dockerfile's lines from a clean folder (npm ci, build, prune, list of parts), what the image then
 * holds and weighs, and its health check and its `dmp --version` as the image's user on a read-only file system. For a
 * machine without a container engine; with one, `docker build .` is what counts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'
import { buildStages, bytesBelow, openToAll } from './build-image.ts'
import { endOf, runConfined, whyNotConfined } from './confined.ts'
import { parseDockerfile } from './dockerfile.ts'

/**
 * Of gcr.io/distroless/nodejs22-debian12, unpacked, as published: Node 22, certificates, time zones, glibc, libstdc++, OpenSSL.
 * One source says 175 for Node 20, which is 26 MB smaller.
 */
const BASE_MB = 141
const LIMIT_MB = 250

const top = mkdtempSync(join(tmpdir(), 'dmp-image-'))
try {
  openToAll(top)
  const root = (name: string | undefined): string => join(top, name ?? 'image')
  const stages = parseDockerfile(readFileSync(join(packageRoot(), 'Dockerfile'), 'utf8'))
  const begin = performance.now()
  buildStages(stages, { context: packageRoot(), stage: root }, (line) => say(`RUN ${line}`))
  say(`built in ${Math.round((performance.now() - begin) / 1000)} s\n`)

  const image = root(undefined)
  const own = bytesBelow(image)
  for (const part of ['app/node_modules', 'app/dist', 'app/bin', 'app/sbom.cdx.json'])
    say(`${part.padEnd(20)} ${megabytes(bytesBelow(join(image, part)))}`)
  say(`${'base image'.padEnd(20)} ${BASE_MB} MB  (published figures, not measured here)`)
  const total = own / 1e6 + BASE_MB
  say(`${'together'.padEnd(20)} ${total.toFixed(0)} MB of ${LIMIT_MB}`)
  if (total > LIMIT_MB) throw new Error('the image is too large')

  const why = whyNotConfined()
  if (why) say(`not run as its user: ${why}`)
  else {
    const confined = { folder: join(image, 'app'), writable: [join(image, 'spool')], environment: {} }
    const { code, out, err } = await endOf(
      runConfined([process.execPath, 'bin/dmp.js', '--version'], confined),
    )
    if (code !== 0) throw new Error(`dmp --version: ${code} ${err}`)
    say(`as user 65532, read-only: dmp ${out.trim()}`)
  }
} finally {
  rmSync(top, { recursive: true, force: true })
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
