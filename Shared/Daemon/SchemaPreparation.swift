import Loop
import Postgres

/// Brings the daemon's schema up to date before anything uses it, however long PostgreSQL takes to come.
@LoopActor
struct SchemaPreparation {
  enum Outcome: Equatable {
    case ready
    /// Nobody waits for it any more.
    case abandoned
    /// Another build's schema: this build must not touch it.
    case refused
    /// A step failed; it was rolled back, the ones before it stay.
    case failed
  }

  let schema: String
  let migrations: [Migration]
  let database: DatabaseConfiguration
  let report: EventSink<DaemonEvent>

  func run(while wanted: @LoopActor () -> Bool) async -> Outcome {
    var backoff = Backoff(first: .milliseconds(50), longest: .seconds(1))
    while wanted() {
      do {
        let applied = try await Migrator.run(migrations, schema: schema, on: database.url, password: database.password)
        report(.schemaReady(applied: applied))
        return .ready
      } catch {
        guard case .unavailable(let reason) = error else { return end(error) }
        let wait = backoff.next()
        report(.schemaWaits(reason: reason, retryAfter: wait))
        try? await pause(for: wait)
      }
    }
    return .abandoned
  }

  private func end(_ error: MigrationError) -> Outcome {
    switch error {
    case .failed(let name, let reason):
      report(.cannotStart(reason: "\(name.isEmpty ? "schema \(schema)" : "migration \(name)"): \(reason)"))
      return .failed
    case .newer(let name):
      report(
        .schemaRefused(
          reason:
            "the schema knows \(name), which this build does not: it is of a newer one; run that one, or restore a backup of before"
        )
      )
    case .edited(let name):
      report(.schemaRefused(reason: "\(name) has run with another text than this build's"))
    case .reordered(let expected, let found):
      report(.schemaRefused(reason: "expected \(expected) where \(found) has run"))
    case .unavailable(let reason):
      report(.schemaRefused(reason: reason))
    }
    return .refused
  }
}
