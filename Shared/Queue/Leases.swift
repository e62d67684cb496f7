/// What a worker has in hand, and until when it may act on each.
///
/// Counted from before the statement was sent that claimed or renewed, so what may be acted on by this is leased by the
/// server's clock too. A process that stood still finds its leases over, since this clock went on.
struct Leases<Key: Hashable & Sendable>: Sendable {
  typealias Instant = ContinuousClock.Instant

  let length: Duration
  private var ends: [Key: Instant] = [:]

  init(length: Duration) { self.length = length }

  /// Of four renewals in a lease's time, two may fail.
  var renewal: Duration { length / 4 }

  var held: [Key] { Array(ends.keys) }

  /// False for what is in hand already, which is leased anew and not begun again.
  mutating func claimed(_ key: Key, at asked: Instant) -> Bool {
    ends.updateValue(asked + length, forKey: key) == nil
  }

  /// What has lasted for a quarter of its lease; most work ends long before.
  func lasting(at now: Instant) -> [Key] {
    ends.filter { $0.value - now <= length - renewal }.map(\.key)
  }

  /// Of those asked for, the ones not kept have gone to somebody else; they stay in hand until they end.
  mutating func renewed(_ kept: [Key], of asked: [Key], at moment: Instant) {
    for key in asked where ends[key] != nil { ends[key] = moment }
    for key in kept where ends[key] != nil { ends[key] = moment + length }
  }

  mutating func ended(_ key: Key) { ends[key] = nil }

  func holds(_ key: Key, at now: Instant) -> Bool { ends[key].map { now < $0 } ?? false }
}
