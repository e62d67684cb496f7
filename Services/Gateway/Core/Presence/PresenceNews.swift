import Wire

/// What listeners are to be told of people who came and went, gathered for a moment: who is back in it is not told of.
struct PresenceNews: Sendable {
  struct Room: Sendable, Equatable {
    var joined: [UserID: String] = [:]
    var left: [UserID: String] = [:]
  }

  private var rooms: [String: Room] = [:]

  var isEmpty: Bool { rooms.isEmpty }

  mutating func came(_ place: Place, _ name: String) {
    if rooms[place.room]?.left.removeValue(forKey: place.user) == nil {
      rooms[place.room, default: Room()].joined[place.user] = name
    }
  }

  mutating func went(_ place: Place, _ name: String) {
    if rooms[place.room]?.joined.removeValue(forKey: place.user) == nil {
      rooms[place.room, default: Room()].left[place.user] = name
    }
  }

  /// All of it by rooms, without those where in the end nothing happened.
  mutating func take() -> [String: Room] {
    defer { rooms = [:] }
    return rooms.filter { !$0.value.joined.isEmpty || !$0.value.left.isEmpty }
  }
}
