import Settings

/// What an operator can set for this service alone.
public struct ChatConfiguration: Sendable {
  var limitsAreOn = true
  /// Messages a second and person, and how many at once after a pause.
  var sendRate = 10.0
  var sendBurst = 30
  /// Unknown rooms a person may ask for in a minute.
  var guesses = 20
  /// Messages that go to the database together at most.
  var batchLimit = 256
  /// Batches on their way at once. While one is, those gather that make the next one worth its while: two at once cost
  /// the database a third more for each message.
  var batches = 1

  init() {}

  init(_ reader: inout EnvironmentReader) {
    limitsAreOn = reader.flag("CARILLON_RATE_LIMITS", default: limitsAreOn, "off: no rate limit, for benchmarks")
    sendRate = reader.number(
      "CARILLON_CHAT_SEND_RATE",
      default: sendRate,
      in: 0.01...100_000,
      "chat messages a user may send per second"
    )
    sendBurst = reader.int(
      "CARILLON_CHAT_SEND_BURST",
      default: sendBurst,
      in: 1...100_000,
      "chat messages a user may send at once after a pause"
    )
    guesses = reader.int(
      "CARILLON_CHAT_GUESSES",
      default: guesses,
      in: 1...1_000_000,
      "unknown rooms a user may ask for within a minute"
    )
    batchLimit = reader.int(
      "CARILLON_CHAT_BATCH_LIMIT",
      default: batchLimit,
      in: 1...1000,
      "messages that go to the database together at most"
    )
    batches = reader.int(
      "CARILLON_CHAT_BATCHES",
      default: batches,
      in: 1...16,
      "batches of messages on their way to the database at once"
    )
  }
}
