/**
 * Reads terminology.bin, the output of scripts/build-terminology.js: the one file here that touches the disk. The index
 * is read on first use, a resource when it is asked for; those asked for last are kept.
 *
 * Checked: that the file is there (at once, so that a start without it fails) and of the FHIR version the engine speaks.
 * Not checked: each resource, since the build took them from the published ones.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { isJsonObject, type JsonObject, parseJson } from '../fhir/json.ts'
import type { CodeSource, TerminologyType } from './code-source.ts'
import { type CodeSystemIndex, indexCodeSystem } from './code-system-index.ts'

/** Compressed bytes of the resources kept parsed: some ten times as much memory. */
const KEPT_BYTES = 300_000

type Entry = { readonly version: string; readonly offset: number; readonly length: number }
type Index = {
  readonly byUrl: ReadonlyMap<string, Entry>
  readonly byId: ReadonlyMap<string, Entry>
  readonly start: number
}
type Kept = { readonly entry: Entry; readonly resource: JsonObject; codeSystem: CodeSystemIndex | undefined }

/** @throws when the file is absent */
export function loadTerminology(path: string): CodeSource {
  statSync(path)
  let index: Index | undefined
  const kept = new Map<Entry, Kept>()
  let keptBytes = 0

  const resourceOf = (entry: Entry, start: number): Kept => {
    const known = kept.get(entry)
    if (known) {
      // Last in the order of the map: the first is the next to go.
      kept.delete(entry)
      kept.set(entry, known)
      return known
    }
    const resource = readResource(path, start + entry.offset, entry.length)
    const fresh: Kept = { entry, resource, codeSystem: undefined }
    kept.set(entry, fresh)
    keptBytes += entry.length
    for (const old of kept.keys()) {
      if (keptBytes <= KEPT_BYTES || old === entry) break
      kept.delete(old)
      keptBytes -= old.length
    }
    return fresh
  }
  const find = (map: 'byUrl' | 'byId', key: string, version?: string): Kept | undefined => {
    index ??= readIndex(path)
    const entry = index[map].get(key)
    if (!entry || (version !== undefined && entry.version !== version)) return undefined
    return resourceOf(entry, index.start)
  }
  return {
    codeSystem(url, version) {
      const found = find('byUrl', `CodeSystem ${url}`, version)
      if (!found) return undefined
      found.codeSystem ??= indexCodeSystem(found.resource)
      return found.codeSystem
    },
    valueSet: (url, version) => find('byUrl', `ValueSet ${url}`, version)?.resource,
    resourceById: (type: TerminologyType, id) => find('byId', `${type} ${id}`)?.resource,
  }
}

function readIndex(path: string): Index {
  const length = new DataView(readBytes(path, 0, 4).buffer).getUint32(0)
  const index: unknown = JSON.parse(new TextDecoder().decode(readBytes(path, 4, length)))
  if (!isJsonObject(index) || index.fhirVersion !== '4.0.1' || !Array.isArray(index.entries))
    throw new Error(`${path} is not a terminology file of FHIR 4.0.1: build it again`)
  const byUrl = new Map<string, Entry>()
  const byId = new Map<string, Entry>()
  for (const row of index.entries) {
    if (!isRow(row)) throw new Error(`${path}: a row of the index is not one: build it again`)
    const [type, url, version, id, offset, bytes] = row
    const entry = { version, offset, length: bytes }
    byUrl.set(`${type} ${url}`, entry)
    byId.set(`${type} ${id}`, entry)
  }
  return { byUrl, byId, start: 4 + length }
}

type Row = [type: string, url: string, version: string, id: string, offset: number, bytes: number]

function isRow(row: unknown): row is Row {
  return (
    Array.isArray(row) &&
    row.length === 6 &&
    row.every((cell, at) => typeof cell === (at < 4 ? 'string' : 'number'))
  )
}

function readResource(path: string, offset: number, length: number): JsonObject {
  const resource = parseJson(inflateRawSync(readBytes(path, offset, length)).toString('utf8'))
  if (!isJsonObject(resource)) throw new Error(`${path}: no resource at ${offset}`)
  return resource
}

/** Some kilobytes, in one go: below a millisecond, so not worth a round of the event loop. */
function readBytes(path: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const file = openSync(path, 'r')
  try {
    const bytes = new Uint8Array(length)
    if (readSync(file, bytes, 0, length, offset) !== length) throw new Error(`${path} is cut short`)
    return bytes
  } finally {
    closeSync(file)
  }
}
