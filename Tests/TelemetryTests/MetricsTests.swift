import Telemetry
import Testing

@Suite struct MetricsTests {
  enum Outcome: String, CaseIterable { case ok, failed }

  @Test func `the exposition is Prometheus's text format`() {
    let registry = MetricsRegistry()
    let calls = registry.counters(
      "carillon_calls_total",
      "Calls \\ answered,\nby outcome.",
      label: "outcome",
      by: Outcome.self
    )
    let open = registry.gauge("carillon_open", "Open connections.", labels: ["peer": "a\"b\\c"])
    let waits = registry.histogram("carillon_wait_seconds", "Waiting.", bounds: [0.005, 1])
    registry.gauge("carillon_load", "Read when asked.") { 0.25 }
    calls[.ok].add(3)
    open.add(5)
    open.subtract()
    waits.observe(0.005)
    waits.observe(.milliseconds(500))
    waits.observe(2.0)
    #expect(
      registry.exposition() == #"""
        # HELP carillon_calls_total Calls \\ answered,\nby outcome.
        # TYPE carillon_calls_total counter
        carillon_calls_total{outcome="ok"} 3
        carillon_calls_total{outcome="failed"} 0
        # HELP carillon_load Read when asked.
        # TYPE carillon_load gauge
        carillon_load 0.25
        # HELP carillon_open Open connections.
        # TYPE carillon_open gauge
        carillon_open{peer="a\"b\\c"} 4
        # HELP carillon_wait_seconds Waiting.
        # TYPE carillon_wait_seconds histogram
        carillon_wait_seconds_bucket{le="0.005"} 1
        carillon_wait_seconds_bucket{le="1"} 2
        carillon_wait_seconds_bucket{le="+Inf"} 3
        carillon_wait_seconds_sum 2.505
        carillon_wait_seconds_count 3

        """#
    )
  }

  @Test func `asking again gives the same instrument, other labels another`() {
    let registry = MetricsRegistry()
    let first = registry.counter("c", "", labels: ["a": "1"])
    #expect(registry.counter("c", "", labels: ["a": "1"]) === first)
    #expect(registry.counter("c", "", labels: ["a": "2"]) !== first)
  }

  @Test func `a bound is inclusive, what is above the last has its own place`() {
    let histogram = MetricsRegistry().histogram("h", "", bounds: [1, 2])
    for value in [1, 1.5, 2, 2.001, .infinity, .nan, -1] { histogram.observe(value) }
    #expect(histogram.snapshot.counts == [2, 2, 2])
    #expect(histogram.snapshot.count == 6)
  }
}
