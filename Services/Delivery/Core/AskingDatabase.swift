import Loop
import Postgres
import Wire

/// Runs a closure that asks the database, and turns what the database refuses into what a caller is told.
@LoopActor
struct AskingDatabase {
  let report: @LoopActor (DeliveryEvent) -> Void

  func callAsFunction<T>(_ body: @LoopActor () async throws(PostgresError) -> T) async throws(Failure) -> T {
    do { return try await body() } catch { throw failure(error) }
  }

  /// What a caller is told of an error, which is reported here.
  func failure(_ error: any Error) -> Failure {
    guard let error = error as? PostgresError else { return .unavailable }
    report(.databaseFailed(error))
    return Failure(database: error)
  }
}
