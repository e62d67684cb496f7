/// Where a daemon stands between its start and its end; goes forward only.
struct Lifecycle {
  enum Phase: Equatable {
    case starting
    case ready
    /// From the first wish to stop until the process ends.
    case draining
  }

  /// What a wish to stop leads to.
  enum Stop: Equatable {
    /// The first: finish what is under way.
    case drain
    /// The second: leave at once.
    case cut
  }

  private(set) var phase = Phase.starting

  /// False when a stop was asked before the start was through: the daemon must not call itself ready then.
  mutating func becameReady() -> Bool {
    guard phase == .starting else { return false }
    phase = .ready
    return true
  }

  mutating func stopAsked() -> Stop {
    guard phase != .draining else { return .cut }
    phase = .draining
    return .drain
  }

  /// Why no request should be sent here now; empty when all is well.
  func reasons(unmet: [String]) -> [String] {
    switch phase {
    case .starting: ["starting"] + unmet
    case .ready: unmet
    case .draining: ["draining"] + unmet
    }
  }
}
