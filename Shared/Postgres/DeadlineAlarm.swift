import Loop

/// One timer for many deadlines, set to the earliest.
///
/// Deadlines that were met are not taken back: the alarm then rings for nothing, finds the next one, and goes on.
@LoopActor
final class DeadlineAlarm {
  private let ring: (ContinuousClock.Instant) -> ContinuousClock.Instant?
  private var timer: Timer?
  private var next: ContinuousClock.Instant?

  /// `ring` gets the time, deals with what is late, and returns the earliest deadline that is left.
  init(ring: @escaping (ContinuousClock.Instant) -> ContinuousClock.Instant?) { self.ring = ring }

  func note(_ limit: ContinuousClock.Instant) {
    if let next, next <= limit { return }
    next = limit
    let timer = timer ?? Timer { [weak self] in self?.rang() }
    self.timer = timer
    timer.arm(after: max(.zero, limit - .now))
  }

  private func rang() {
    next = nil
    if let limit = ring(.now) { note(limit) }
  }

  func cancel() {
    timer?.cancel()
    timer = nil
  }
}
