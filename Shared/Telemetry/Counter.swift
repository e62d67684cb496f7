import Synchronization

/// A number that only grows, added to from any thread without a lock.
public final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  public func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
  public var value: Int { count.load(ordering: .relaxed) }
}

/// A number that goes up and down, such as open connections.
public final class Gauge: Sendable {
  private let current = Atomic<Int>(0)

  init() {}

  public func set(_ value: Int) { current.store(value, ordering: .relaxed) }
  public func add(_ amount: Int = 1) { current.wrappingAdd(amount, ordering: .relaxed) }
  public func subtract(_ amount: Int = 1) { current.wrappingSubtract(amount, ordering: .relaxed) }
  public var value: Int { current.load(ordering: .relaxed) }
}

/// One counter per case of an enum, which is how a label keeps a fixed set of values.
public struct Counters<Label: CaseIterable & Hashable & RawRepresentable<String> & Sendable>: Sendable {
  let counters: [Label: Counter]

  public subscript(label: Label) -> Counter { counters[label]! }
}
