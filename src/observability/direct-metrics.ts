/**
 * Counters and histograms for what happens with every request. Those of prom-client look up a key made of all labels, and
 * check them, each time (1 to 1.5 µs); here whoever counts holds his own series, and counting is an addition. They are read,
 * and added up over processes, as any other.
 * @see https://github.com/siimon/prom-client/blob/v15.1.3/lib/histogram.js
 */
import {
  Counter,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  type MetricValueWithName,
  type Registry,
} from 'prom-client'

type Labels<Label extends string> = Readonly<Record<Label, string>>

export type Described<Label extends string> = {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly registry: Registry
}

/** One line of it: counted by adding to `count`. */
export type CounterSeries = { count: number }

export class DirectCounter<Label extends string> extends Counter<Label> {
  /** An empty one, which says what a metric says of itself. */
  readonly #described: Counter<Label>
  readonly #series: { readonly labels: Labels<Label>; readonly series: CounterSeries }[] = []

  constructor({ name, help, labelNames, registry }: Described<Label>) {
    super({ name, help, labelNames: [...labelNames], registers: [registry] })
    this.#described = new Counter({ name, help, labelNames: [...labelNames], registers: [] })
  }

  /** A new one: kept by who counts, one for each set of labels. */
  series(labels: Labels<Label>): CounterSeries {
    const series = { count: 0 }
    this.#series.push({ labels, series })
    return series
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<Label>>> {
    const described = await this.#described.get()
    return {
      ...described,
      values: this.#series.map(({ labels, series }) => ({ labels, value: series.count })),
    }
  }

  /** What is read for the text. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValue<Label>>> {
    return this.get()
  }
}

export class HistogramSeries {
  readonly #bounds: readonly number[]
  /** Of each bucket by itself; the last is beyond all bounds. */
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}

export class DirectHistogram<Label extends string> extends Histogram<Label> {
  readonly #name: string
  readonly #buckets: readonly number[]
  readonly #described: Histogram<Label>
  readonly #series: { readonly labels: Labels<Label>; readonly series: HistogramSeries }[] = []

  constructor({
    name,
    help,
    labelNames,
    registry,
    buckets,
  }: Described<Label> & { readonly buckets: readonly number[] }) {
    super({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] })
    this.#described = new Histogram({ name, help, labelNames: [...labelNames], registers: [] })
    this.#name = name
    this.#buckets = buckets
  }

  /** A new one: kept by who counts, one for each set of labels. */
  series(labels: Labels<Label>): HistogramSeries {
    const series = new HistogramSeries(this.#buckets)
    this.#series.push({ labels, series })
    return series
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<Label>>> {
    const described = await this.#described.get()
    return {
      ...described,
      values: this.#series.flatMap(({ labels, series }) => this.#samples(labels, series)),
    }
  }

  /** What is read for the text. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<Label>>> {
    return this.get()
  }

  #samples(labels: Labels<Label>, { counts, sum }: HistogramSeries): MetricValueWithName<Label>[] {
    let until = 0
    const buckets = [...this.#buckets, '+Inf'].map((le, i) => {
      until += counts[i] ?? 0
      return { labels: { le, ...labels }, value: until, metricName: `${this.#name}_bucket` }
    })
    return [
      ...buckets,
      { labels, value: sum, metricName: `${this.#name}_sum` },
      { labels, value: until, metricName: `${this.#name}_count` },
    ]
  }
}
