/// How long the server still waits for one client, in milliseconds of the monotonic clock.
///
/// Each phase has one deadline that arriving bytes do not move, so a client that drips is as late as one that is silent.
struct ConnectionPatience {
  struct Limits {
    var header: Int64
    var idle: Int64
    var body: Int64
  }

  /// `waiting` for a request line, `reading` headers or body, then `answering`, where the application sets the pace.
  /// `late` has no way back: the client was told and has a moment to read it.
  enum Phase: Equatable { case waiting, readingHead, readingBody, answering, late }

  private(set) var phase: Phase = .waiting
  private(set) var deadline: Int64
  /// Nothing has been answered on this connection yet.
  private(set) var isFirst = true

  init(accepted now: Int64, limits: Limits) {
    deadline = now + limits.header
  }

  mutating func began(at now: Int64, limits: Limits) {
    phase = .readingHead
    // The first request's time runs from the accept.
    if !isFirst { deadline = now + limits.header }
  }

  mutating func headersDone(at now: Int64, limits: Limits) {
    phase = .readingBody
    deadline = now + limits.body
  }

  mutating func requestDone() {
    phase = .answering
    deadline = .max
  }

  mutating func told(at now: Int64) {
    phase = .late
    deadline = now + 500
  }

  mutating func answered(at now: Int64, limits: Limits) {
    phase = .waiting
    isFirst = false
    deadline = now + limits.idle
  }

  /// Brings the deadline forward, never back.
  mutating func hasten(to earlier: Int64) {
    deadline = min(deadline, earlier)
  }
}
