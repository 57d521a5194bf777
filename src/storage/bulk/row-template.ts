/**
 * Rows of which most is the same: what a sample of them is in the form of COPY, with its marks as places that are filled.
 * One row is then a few copies of bytes, whatever its columns are.
 *
 * A mark is a value, or a part of a text, that stands nowhere else. What is put in its place is taken as it is: of the form
 * of the column that it goes into, in UTF-8 within a text.
 */
import type { Uuid } from '../../fhir/id.ts'
import { CopyRows, type RowWriter } from './copy-rows.ts'
import type { GrowingBytes } from './growing-bytes.ts'

export type Mark = {
  readonly bytes: Buffer
  /** Whether every value in its place is as long. */
  readonly isFixed: boolean
}

/** @param values by the places of their marks @throws Error for one that has not the length of its mark */
export type Fill = (into: GrowingBytes, values: readonly Uint8Array[]) => void

export type Templates = {
  /** Of bytes. */
  ofBytes(sample: Uint8Array): Fill
  /** Of what `write` makes of a sample row. */
  ofRow(write: (row: RowWriter) => void): Fill
}

type Step =
  | { readonly put: Buffer }
  | { readonly slot: number; readonly length: number | undefined }
  | { readonly does: 'open' | 'close' }

/** @throws Error for marks that would not be told from each other */
export function templatesWith(marks: readonly Mark[]): Templates {
  const texts = marks.map(({ bytes }) => bytes.toString('latin1'))
  texts.forEach((text, i) => {
    if (text === '' || texts.some((other, j) => i !== j && other.includes(text)))
      throw new Error(`Mark ${i} is no mark among the others`)
  })
  const anyMark = new RegExp(`(${texts.map((text) => text.replace(/[^\w]/g, escaped)).join('|')})`)
  const places = new Map(texts.map((text, i) => [text, i]))
  const stepsOf = (bytes: Uint8Array): Step[] =>
    Buffer.from(bytes)
      .toString('latin1')
      // A group in the expression: what it has found stands between the parts.
      .split(anyMark)
      .map((part, i): Step => {
        if (i % 2 === 0) return { put: Buffer.from(part, 'latin1') }
        const slot = places.get(part) ?? -1
        return { slot, length: marks[slot]?.isFixed ? part.length : undefined }
      })
  return {
    ofBytes: (sample) => filler(stepsOf(sample)),
    ofRow(write) {
      const sample = new SampleRow(stepsOf)
      write(sample)
      return filler(sample.steps)
    },
  }
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** A row as steps: where a value varies in its length, that is opened before it and closed behind. */
class SampleRow implements RowWriter {
  readonly steps: Step[] = []
  readonly #stepsOf: (bytes: Uint8Array) => Step[]
  readonly #one = new CopyRows()

  constructor(stepsOf: (bytes: Uint8Array) => Step[]) {
    this.#stepsOf = stepsOf
  }

  row(columns: number): this {
    return this.#plain((one) => one.row(columns))
  }

  null(): this {
    return this.#plain((one) => one.null())
  }

  boolean(value: boolean): this {
    return this.#plain((one) => one.boolean(value))
  }

  int4(value: number): this {
    return this.#plain((one) => one.int4(value))
  }

  text(value: string): this {
    return this.#value((one) => one.text(value))
  }

  uuid(value: Uuid | null): this {
    return value === null ? this.null() : this.#value((one) => one.uuid(value))
  }

  bytes(value: Uint8Array | null): this {
    return value === null ? this.null() : this.#value((one) => one.bytes(value))
  }

  timestamp(milliseconds: number | undefined): this {
    return milliseconds === undefined ? this.null() : this.#value((one) => one.timestamp(milliseconds))
  }

  texts(values: readonly string[]): this {
    return this.#array(
      (one) => one.texts(values),
      values.length,
      () => values.forEach((value) => void this.text(value)),
    )
  }

  uuids(values: readonly Uuid[]): this {
    return this.#array(
      (one) => one.uuids(values),
      values.length,
      () => values.forEach((value) => void this.uuid(value)),
    )
  }

  #written(write: (one: CopyRows) => void): Buffer {
    const start = this.#one.length
    write(this.#one)
    return Buffer.from(this.#one.since(start))
  }

  #plain(write: (one: CopyRows) => void): this {
    this.steps.push({ put: this.#written(write) })
    return this
  }

  #value(write: (one: CopyRows) => void): this {
    const written = this.#written(write)
    const inner = this.#stepsOf(written.subarray(LENGTH_BYTES))
    if (inner.some((step) => 'slot' in step && step.length === undefined))
      this.steps.push({ does: 'open' }, ...inner, { does: 'close' })
    else this.steps.push({ put: written.subarray(0, LENGTH_BYTES) }, ...inner)
    return this
  }

  #array(write: (one: CopyRows) => void, count: number, writeValues: () => void): this {
    const written = this.#written(write)
    if (count === 0) {
      this.steps.push({ put: written })
      return this
    }
    const head = written.subarray(LENGTH_BYTES, LENGTH_BYTES + ARRAY_HEAD_BYTES)
    this.steps.push({ does: 'open' }, { put: head })
    writeValues()
    this.steps.push({ does: 'close' })
    return this
  }
}

const LENGTH_BYTES = 4
/** Dimensions, nulls, type, and of the one dimension its length and its first index. */
const ARRAY_HEAD_BYTES = 20

function filler(all: readonly Step[]): Fill {
  const steps = joined(all)
  const opened: number[] = []
  return (into, values) => {
    opened.length = 0
    for (const step of steps) {
      if ('put' in step) into.put(step.put)
      else if ('slot' in step) {
        const value = values[step.slot]
        if (!value || (step.length !== undefined && value.length !== step.length))
          throw new Error(`The value ${step.slot} of a template has not the length of its mark`)
        into.put(value)
      } else if (step.does === 'open') opened.push(into.open())
      else into.close(opened.pop() ?? 0)
    }
  }
}

/** What is put without anything between is put at once. */
function joined(steps: readonly Step[]): Step[] {
  const all: Step[] = []
  for (const step of steps) {
    const before = all.at(-1)
    if (!('put' in step)) all.push(step)
    else if (before && 'put' in before) all[all.length - 1] = { put: Buffer.concat([before.put, step.put]) }
    else if (step.put.length > 0) all.push(step)
  }
  return all
}
