/// How many live connections there may be: in all, from one address, of one user, and of one user to one room.
///
/// Pure counts. A connection is counted by its address when it is accepted and by its user once that is known.
struct ListenLimits: Sendable {
  struct Most: Sendable, Equatable {
    var all = 10_000
    var perAddress = 200
    var perUser = 50
    var perUserAndRoom = 5
  }

  private struct Place: Hashable {
    let user: String
    let room: String
  }

  private let most: Most
  private(set) var all = 0
  private var addresses: [String: Int] = [:]
  private var users: [String: Int] = [:]
  private var places: [Place: Int] = [:]

  init(_ most: Most = Most()) { self.most = most }

  /// Counts a connection, unless it is one too many.
  mutating func open(from address: String) -> Bool {
    guard all < most.all, addresses[address, default: 0] < most.perAddress else { return false }
    all += 1
    addresses[address, default: 0] += 1
    return true
  }

  mutating func close(from address: String) {
    all -= 1
    ListenLimits.take(address, from: &addresses)
  }

  /// Counts a listener, unless it is one too many.
  mutating func enter(_ user: String, room: String) -> Bool {
    let place = Place(user: user, room: room)
    guard users[user, default: 0] < most.perUser, places[place, default: 0] < most.perUserAndRoom else { return false }
    users[user, default: 0] += 1
    places[place, default: 0] += 1
    return true
  }

  mutating func leave(_ user: String, room: String) {
    ListenLimits.take(user, from: &users)
    ListenLimits.take(Place(user: user, room: room), from: &places)
  }

  private static func take<Key: Hashable>(_ key: Key, from counts: inout [Key: Int]) {
    guard let count = counts[key] else { return }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
