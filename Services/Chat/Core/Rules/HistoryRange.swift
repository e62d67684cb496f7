import Wire

/// Which of a room's messages a reader asks for: the newest with ids between two bounds, both left out themselves.
struct HistoryRange: Sendable, Equatable {
  var limit = Chat.History.largestPage
  var before = Int.max
  var after = 0

  /// Refuses in the order of chat.md 2.5.
  init(_ request: Chat.History) throws(Failure) {
    if let limit = try request.limit.optional("limit") {
      guard (1...Chat.History.largestPage).contains(limit) else { throw .invalid("limit") }
      self.limit = limit
    }
    before = try request.before.optional("before") ?? before
    after = try request.after.optional("after") ?? after
  }
}
