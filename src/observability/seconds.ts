/** The buckets of all histograms of time: a read is a few milliseconds, a large push some seconds, past 30 s nothing is served. */
export const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
