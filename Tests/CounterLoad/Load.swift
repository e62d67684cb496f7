import Loop

/// Clicks at a steady rate or as fast as they are acknowledged, while every socket counts what it is shown.
@LoopActor
final class Load {
  private static let tick = Duration.milliseconds(5)
  /// Clicks without an acknowledgement, where the rate is whatever can be had.
  private static let window = 256

  private let listeners: [Listener]
  private let rate: Int
  private var sentAt: [ContinuousClock.Instant] = []
  private(set) var shown = 0
  private(set) var counted = 0
  private(set) var refused = 0
  private(set) var deliveries = Delays()
  private(set) var answers = Delays()
  private var isSending = true

  var sent: Int { sentAt.count }
  var lost: Int { listeners.filter { !$0.isOpen }.count }
  var missing: Int { counted * listeners.count - shown }

  /// A rate of 0 is as fast as can be.
  init(_ listeners: [Listener], rate: Int) {
    self.listeners = listeners
    self.rate = rate
    for listener in listeners {
      listener.clicked = { self.clicked($0) }
      listener.acknowledged = { self.acknowledged($0, $1) }
    }
  }

  /// Clicks for so long, then waits until all is shown, at most ten seconds.
  func run(for span: Duration) async throws {
    let start = ContinuousClock.now
    while case let now = ContinuousClock.now, now - start < span {
      let due = rate == 0 ? counted + refused + Load.window : Int((now - start) / .seconds(1) * Double(rate))
      while sent < due { click() }
      try await pause(for: Load.tick)
    }
    isSending = false
    let limit = ContinuousClock.now + .seconds(10)
    while counted + refused < sent || missing > 0, ContinuousClock.now < limit { try await pause(for: Load.tick) }
  }

  private func click() {
    let number = sentAt.count
    sentAt.append(.now)
    listeners[number % listeners.count].send(#"42\#(number)["click",{"user":"Load","comment":"\#(number)"}]"#)
  }

  private func clicked(_ number: Int) {
    shown += 1
    if number < sentAt.count { deliveries.add(.now - sentAt[number]) }
  }

  private func acknowledged(_ number: Int, _ counts: Bool) {
    if counts { counted += 1 } else { refused += 1 }
    if number < sentAt.count { answers.add(.now - sentAt[number]) }
    if rate == 0, isSending { click() }
  }
}
