/// What users are told of a poll's or event's state (jarvis.md 1).
enum Standing: String, Sendable {
  case pending, active, passed, cancelled
}

/// A poll's own state as it is stored.
enum EventState: String, Sendable { case pending, confirmed, cancelled }

extension EventRecord {
  func standing(at now: Int) -> Standing {
    switch state {
    case .cancelled: .cancelled
    case .pending: now < closes ? .pending : .passed
    case .confirmed: now < (ends ?? 0) ? .active : .passed
    }
  }

  /// Whether votes and activation still count.
  func isOpen(at now: Int) -> Bool { standing(at: now) == .pending }
}
