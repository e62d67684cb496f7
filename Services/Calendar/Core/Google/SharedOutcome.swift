import Loop

/// What several wait for and hear at once; the first to settle it decides.
@LoopActor
final class SharedOutcome<Value: Sendable> {
  private var settled: Value?
  private var waiting: [CheckedContinuation<Value, Never>] = []

  func value() async -> Value {
    if let settled { return settled }
    return await withCheckedContinuation { waiting.append($0) }
  }

  /// Does nothing once it is settled.
  func settle(_ value: Value) {
    guard settled == nil else { return }
    settled = value
    for waiter in waiting { waiter.resume(returning: value) }
    waiting = []
  }
}
