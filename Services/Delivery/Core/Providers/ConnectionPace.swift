import Loop

/// How many requests a server gets at once that takes one at a time on each connection.
///
/// A small server lets five connections wait to be accepted, and the system drops the next for a second or more. So few are
/// open that nothing was answered on yet; each that stays open behind its answer then carries one request more. Silence
/// doubles the few, for a server that is slow or hangs would hold everybody's place in the queue for long; a failure takes
/// that back.
struct ConnectionPace: Sendable {
  /// What a request goes out on.
  enum Lane: Sendable { case kept, fresh }

  /// How a request ended: with an answer, behind which the connection stays open or does not, or without.
  enum End: Sendable { case stays, closes, failed }

  static let few = 6
  static let silence = Duration.milliseconds(200)

  private let most: Int
  private var allowed = ConnectionPace.few
  private var kept = 0
  private var busyKept = 0
  private var busyFresh = 0

  /// `most` connections are never outnumbered.
  init(most: Int) { self.most = most }

  /// Takes a place; nil where there is none.
  mutating func begin() -> Lane? {
    if busyKept < kept {
      busyKept += 1
      return .kept
    }
    guard busyFresh < allowed, busyKept + busyFresh < most else { return nil }
    busyFresh += 1
    return .fresh
  }

  /// Gives the place back.
  mutating func end(_ lane: Lane, _ end: End) {
    if end == .failed { rest() }
    switch lane {
    case .kept:
      busyKept -= 1
      if end != .stays { kept -= 1 }
    case .fresh:
      busyFresh -= 1
      if end == .stays { kept += 1 }
    }
  }

  /// Nothing has ended for as long as `silence`, and somebody waits.
  mutating func keptSilent() { allowed = min(allowed * 2, most) }

  /// Nobody waits any more.
  mutating func rest() { allowed = ConnectionPace.few }
}
