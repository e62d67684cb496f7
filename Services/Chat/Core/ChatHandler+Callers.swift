import Daemon
import Loop
import Postgres
import Time
import Wire

/// Who makes a call, as the directory knows them.
struct Caller: Sendable {
  let id: UUIDValue
  let signature: Signature
}

// What every call begins with, and how it is refused.
extension ChatHandler {
  func caller(of context: CallContext) async throws(Failure) -> Caller {
    guard let id = context.user.flatMap({ UUIDValue($0.text) }) else { throw Failure(.unauthenticated) }
    return Caller(id: id, signature: try await people.signature(of: id))
  }

  /// Spares the database what cannot be a room. It counts as a guess all the same.
  func check(_ room: String, _ caller: Caller) throws(Failure) {
    guard RoomCode.isPossible(room) else { throw refusal(.outsider, caller) }
  }

  func countMessage(of caller: Caller) throws(Failure) {
    do throws(Failure) { try rate?.take(caller.id, at: clock.now()) } catch {
      report(.limited(.messages))
      throw error
    }
  }

  func mayGuess(_ caller: Caller) -> Bool { !guesses.isExhausted(caller.id, at: clock.now()) }

  /// Why somebody who is no member is turned away. A newcomer is one here only if the room was locked a moment ago.
  func refusal(_ standing: Standing, _ caller: Caller) -> Failure {
    guard standing != .former else { return Failure(.forbidden, .notMember) }
    let failure = guesses.miss(caller.id, at: clock.now())
    if failure.word == .rateLimited { report(.limited(.attempts)) }
    return failure
  }

  func asking<T: Sendable>(_ body: @LoopActor () async throws -> T) async throws(Failure) -> T {
    do { return try await body() } catch {
      if let error = error as? PostgresError { report(.databaseFailed(error, requests: 1)) }
      throw Failure(database: error)
    }
  }
}
