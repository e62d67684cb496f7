/// The times of the settings in milliseconds, as the machines count.
struct EngineTiming: Sendable, Equatable {
  var pingInterval: Int64
  var pingTimeout: Int64
  var upgradeTimeout: Int64
  /// How long a poll may wait while an upgrade is under way.
  var pollDuringUpgrade: Int64 = 100
  /// How long the end of a session is kept for the next poll to hear of it.
  var lastWord: Int64 = 30_000
}
