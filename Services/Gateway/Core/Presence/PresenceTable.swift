import Wire

/// A user in a room.
struct Place: Hashable, Sendable {
  let user: UserID
  let room: String
}

/// Who is in which room, over all gateways: somebody is for as long as one gateway has a listener of theirs.
///
/// Pure: what gateways have goes in, and whether that shows comes out.
struct PresenceTable: Sendable {
  struct Person: Sendable, Equatable {
    var user: UserID
    var name: String
  }

  private struct Presence: Sendable {
    var name: String
    /// The gateways that have them; nearly always one.
    var holders: [String]
  }

  private var rooms: [String: [UserID: Presence]] = [:]

  /// Whether nobody had them there before.
  mutating func hold(_ place: Place, name: String, by gateway: String) -> Bool {
    guard var presence = rooms[place.room]?[place.user] else {
      rooms[place.room, default: [:]][place.user] = Presence(name: name, holders: [gateway])
      return true
    }
    presence.name = name
    if !presence.holders.contains(gateway) { presence.holders.append(gateway) }
    rooms[place.room]?[place.user] = presence
    return false
  }

  /// The name of whom nobody has there any more; nil when others do, or nobody did.
  mutating func release(_ place: Place, by gateway: String) -> String? {
    guard var presence = rooms[place.room]?[place.user], let index = presence.holders.firstIndex(of: gateway) else {
      return nil
    }
    presence.holders.remove(at: index)
    guard presence.holders.isEmpty else {
      rooms[place.room]?[place.user] = presence
      return nil
    }
    rooms[place.room]?[place.user] = nil
    if rooms[place.room]?.isEmpty == true { rooms[place.room] = nil }
    return presence.name
  }

  func contains(_ place: Place) -> Bool { rooms[place.room]?[place.user] != nil }

  /// In no order.
  func people(in room: String) -> [Person] {
    (rooms[room] ?? [:]).map { Person(user: $0.key, name: $0.value.name) }
  }
}
