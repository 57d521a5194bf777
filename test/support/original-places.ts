/**
 * Places of built code in what a test process told, as places of its source. The process could find them itself
 * (`--enable-source-maps`), and then reads every map that there is at its start, whether or not anything fails.
 */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'

/** `file:///…/x.js:12:34` of a stack, and what tap tells of the place of an assertion. */
const inStack = /(?:file:\/\/)?([^\s()'"]+\.m?js):(\d+):(\d+)/g
const inDiagnostics = /"lineNumber":(\d+),"columnNumber":(\d+),"fileName":"([^"]+)"/g

export function originalPlaces(text: string): string {
  return text
    .replace(inStack, (told, file: string, line: string, column: string) => {
      const place = original(file, Number(line), Number(column))
      return place ? `${place.file}:${place.line}:${place.column}` : told
    })
    .replace(inDiagnostics, (told, line: string, column: string, file: string) => {
      const place = original(file, Number(line), Number(column))
      return place ? `"place":"${place.file}:${place.line}:${place.column}"` : told
    })
}

type Place = { readonly file: string; readonly line: number; readonly column: number }

/** undefined for what has no map: packages, Node itself. */
function original(file: string, line: number, column: number): Place | undefined {
  const path = resolve(packageRoot(), file)
  const map = mapOf(path)
  const found = map?.findEntry(line - 1, column - 1)
  if (!found || !('originalSource' in found)) return undefined
  return {
    file: relative(packageRoot(), resolve(dirname(path), found.originalSource)),
    line: found.originalLine + 1,
    column: found.originalColumn + 1,
  }
}

const maps = new Map<string, SourceMap | undefined>()

function mapOf(path: string): SourceMap | undefined {
  if (!maps.has(path)) {
    const file = `${path}.map`
    const isThere = path.startsWith(packageRoot()) && existsSync(file)
    maps.set(
      path,
      isThere ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload) : undefined,
    )
  }
  return maps.get(path)
}
