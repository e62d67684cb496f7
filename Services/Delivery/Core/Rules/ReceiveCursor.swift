import Time
import Wire

/// What a client has seen of its messages, as the moment that goes back and forth as `ts` (pictever.md 3.3).
enum ReceiveCursor {
  static func parse(_ text: String) throws(Failure) -> Timestamp {
    guard !text.isEmpty else { throw .missing("ts") }
    guard let seconds = ClientSeconds.parse(text) else { throw .invalid("ts") }
    return Timestamp(seconds: seconds)
  }

  /// Where to go on from. `clock` is the highest cursor that anybody was told about this inbox, nil for none.
  ///
  /// A cursor from the future comes from a device whose clock is ahead, or from before ours was set back; it stands for
  /// all that nobody was told of yet.
  static func start(asked: Timestamp, clock: Timestamp?, at now: Timestamp) -> Timestamp {
    asked <= now ? asked : min(asked, clock ?? now)
  }

  /// How far the inbox's clock may lie behind the present when it is told.
  static let slack = Duration.seconds(1)

  /// Whether the answer can be given without moving the inbox's clock: nothing waits for its stamp, and the clock, which is
  /// told, is about the present.
  static func isSettled(start: Timestamp, clock: Timestamp, at now: Timestamp, hasUnseen: Bool) -> Bool {
    !hasUnseen && start <= clock && now - clock <= slack
  }
}
