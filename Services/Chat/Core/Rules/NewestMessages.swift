/// The newest message of each room, as far as it is known here.
///
/// A place to search from, never an answer: another copy of chat may have stored further ones.
struct NewestMessages: Sendable {
  private let capacity: Int
  private var ids: [String: Int] = [:]

  /// Beyond `capacity` rooms all are forgotten, which costs each of them one longer search.
  init(capacity: Int = 50_000) { self.capacity = capacity }

  /// 0 for a room of which nothing is known.
  func id(in room: String) -> Int { ids[room] ?? 0 }

  mutating func note(_ id: Int, in room: String) {
    if ids.updateValue(id, forKey: room) == nil, ids.count > capacity { ids = [room: id] }
  }
}
