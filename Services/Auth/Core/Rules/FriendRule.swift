import Time

/// What a wish to be friends does, by how the two stand (jarvis.md 3.6).
enum FriendRule {
  /// A refusal stands for a day; asking again sooner has no effect.
  static let patience = Duration.seconds(86_400)

  /// How two users stand, seen from the one who asks.
  struct Standing: Equatable {
    var areFriends = false
    var targetAsked = false
    var askedBefore: Request?
  }

  enum Request: Equatable {
    case pending
    case declined(at: Timestamp)
  }

  enum Outcome: Equatable {
    /// They are friends already; nothing changes.
    case friends
    /// The target asked first: both requests go, the friendship comes.
    case befriend
    case alreadyPending
    /// A request is stored, and the target hears of it.
    case ask
    case tooSoon(Duration)
  }

  static func outcome(of standing: Standing, at now: Timestamp) -> Outcome {
    if standing.areFriends { return .friends }
    if standing.targetAsked { return .befriend }
    switch standing.askedBefore {
    case nil: return .ask
    case .pending: return .alreadyPending
    case .declined(let moment):
      let left = moment + patience - now
      return left > .zero ? .tooSoon(left) : .ask
    }
  }
}
