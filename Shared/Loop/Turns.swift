/// Lets one caller at a time do a thing for a key, the others in the order they came.
///
/// Within this process only: where a database is the judge it stays so, and is spared a crowd that it would have to turn
/// away. A caller cancelled while it waits leaves the line and throws `Turnstile.Refusal`.
@LoopActor
public final class Turns<Key: Hashable & Sendable> {
  private var turns: [Key: (gate: Turnstile, callers: Int)] = [:]

  public nonisolated init() {}

  public func inTurn<T>(of key: Key, _ work: @LoopActor () async throws -> T) async throws -> T {
    var turn = turns[key] ?? (Turnstile(places: 1, waiting: .max), 0)
    turn.callers += 1
    turns[key] = turn
    defer { left(key) }
    let result: Result<T, any Error> = try await turn.gate.pass {
      do { return .success(try await work()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func left(_ key: Key) {
    turns[key]?.callers -= 1
    if turns[key]?.callers == 0 { turns[key] = nil }
  }
}
