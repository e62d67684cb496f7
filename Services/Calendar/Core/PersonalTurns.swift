import Loop
import Postgres

/// Lets one caller at a time do a thing for a person, the others in the order they came.
///
/// Within this process only: the database stays the judge, and is spared a crowd that it would have to turn away.
@LoopActor
final class PersonalTurns {
  private var turns: [UUIDValue: (gate: Turnstile, callers: Int)] = [:]

  nonisolated init() {}

  func inTurn<T>(of person: UUIDValue, _ work: @LoopActor () async throws -> T) async throws -> T {
    var turn = turns[person] ?? (Turnstile(places: 1, waiting: .max), 0)
    turn.callers += 1
    turns[person] = turn
    defer { left(person) }
    let result: Result<T, any Error> = try await turn.gate.pass {
      do { return .success(try await work()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func left(_ person: UUIDValue) {
    turns[person]?.callers -= 1
    if turns[person]?.callers == 0 { turns[person] = nil }
  }
}
