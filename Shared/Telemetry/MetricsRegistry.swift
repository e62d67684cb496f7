import Synchronization

/// All metrics of a process. Ask for them once at start and keep them; asking again for the same name and labels gives
/// the same one.
///
/// One name has one kind: a second kind under it is a mistake in the program and traps.
public final class MetricsRegistry: Sendable {
  enum Instrument: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case reading(@Sendable () -> Double)
  }

  enum Kind: String, Sendable { case counter, gauge, histogram }

  struct Series: Sendable {
    let labels: [(name: String, value: String)]
    let instrument: Instrument
  }

  struct Family: Sendable {
    let name: String
    let help: String
    let kind: Kind
    var series: [Series] = []
  }

  private let families = Mutex<[Family]>([])

  public init() {}

  public func counter(_ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:]) -> Counter {
    guard case .counter(let counter) = instrument(name, help, .counter, labels, make: { .counter(Counter()) }) else {
      preconditionFailure("\(name) with these labels is read from elsewhere")
    }
    return counter
  }

  /// One counter per case, all present from the start with 0.
  public func counters<Label>(_ name: String, _ help: String, label: String, by: Label.Type) -> Counters<Label> {
    Counters(
      counters: Dictionary(
        uniqueKeysWithValues: Label.allCases.map { ($0, counter(name, help, labels: [label: $0.rawValue])) }
      )
    )
  }

  public func gauge(_ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:]) -> Gauge {
    guard case .gauge(let gauge) = instrument(name, help, .gauge, labels, make: { .gauge(Gauge()) }) else {
      preconditionFailure("\(name) with these labels is read from elsewhere")
    }
    return gauge
  }

  public func histogram(
    _ name: String,
    _ help: String,
    bounds: [Double] = Histogram.latencies,
    labels: KeyValuePairs<String, String> = [:]
  ) -> Histogram {
    let made = instrument(name, help, .histogram, labels) { .histogram(Histogram(bounds: bounds)) }
    guard case .histogram(let histogram) = made else { preconditionFailure("\(name) is no histogram") }
    return histogram
  }

  /// A gauge that is computed when somebody looks, on the thread that looks.
  public func gauge(
    _ name: String,
    _ help: String,
    labels: KeyValuePairs<String, String> = [:],
    read: @escaping @Sendable () -> Double
  ) {
    _ = instrument(name, help, .gauge, labels) { .reading(read) }
  }

  /// A counter that somebody else keeps, such as the kernel; read when somebody looks, on the thread that looks.
  public func counter(
    _ name: String,
    _ help: String,
    labels: KeyValuePairs<String, String> = [:],
    read: @escaping @Sendable () -> Double
  ) {
    _ = instrument(name, help, .counter, labels) { .reading(read) }
  }

  private func instrument(
    _ name: String,
    _ help: String,
    _ kind: Kind,
    _ labels: KeyValuePairs<String, String>,
    make: () -> Instrument
  ) -> Instrument {
    families.withLock { families in
      var index = families.firstIndex { $0.name == name }
      if index == nil {
        families.append(Family(name: name, help: help, kind: kind))
        index = families.count - 1
      }
      let place = index!
      precondition(families[place].kind == kind, "\(name) is a \(families[place].kind) already")
      if let known = families[place].series.first(where: { $0.has(labels) }) { return known.instrument }
      let made = make()
      families[place].series.append(Series(labels: labels.map { ($0.key, $0.value) }, instrument: made))
      return made
    }
  }

  /// The families by name, for the exposition.
  var sorted: [Family] { families.withLock { $0 }.sorted { $0.name < $1.name } }
}

extension MetricsRegistry.Series {
  fileprivate func has(_ others: KeyValuePairs<String, String>) -> Bool {
    labels.count == others.count && zip(labels, others).allSatisfy { $0.name == $1.key && $0.value == $1.value }
  }
}
