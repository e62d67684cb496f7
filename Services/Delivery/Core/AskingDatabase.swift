import Loop
import Postgres
import Wire

/// Runs a closure that asks the database, and turns what the database refuses into what a caller is told.
@LoopActor
struct AskingDatabase {
  let report: @LoopActor (DeliveryEvent) -> Void

  func callAsFunction<T>(_ body: @LoopActor () async throws(PostgresError) -> T) async throws(Failure) -> T {
    do { return try await body() } catch {
      report(.databaseFailed(error))
      throw Failure(database: error)
    }
  }
}
