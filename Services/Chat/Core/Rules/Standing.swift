import Wire

/// How a user stands to a room; the raw values are what the store's statements answer.
enum Standing: Int, Sendable {
  /// There is no such room, or it is locked and the user was never in it: nobody may learn which.
  case outsider = 0
  case member = 1
  /// Left or was removed, and comes back only by asking to join.
  case former = 2
  /// Was never in it, and it is open to whoever has its code.
  case newcomer = 3
}

/// What a user is to a room.
struct Role: Sendable, Equatable {
  var standing: Standing
  /// Whether the room is theirs; the owner of a room that everybody left need not be in it.
  var owns: Bool

  static let none = Role(standing: .outsider, owns: false)
}
