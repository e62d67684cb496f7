import Wire

/// Which of a room's messages a reader asks for: ids between two bounds, both left out themselves.
struct HistoryRange: Sendable, Equatable {
  var limit = Chat.History.largestPage
  var before = Int.max
  var after = 0
  /// Whether the first messages above `after` are wanted rather than the last ones below `before`.
  var goesForward = false

  /// Refuses in the order of chat.md 2.5.
  init(_ request: Chat.History) throws(Failure) {
    if let limit = try request.limit.optional("limit") {
      guard (1...Chat.History.largestPage).contains(limit) else { throw .invalid("limit") }
      self.limit = limit
    }
    before = try request.before.optional("before") ?? before
    if let after = try request.after.optional("after") {
      self.after = after
      goesForward = true
    }
  }
}
