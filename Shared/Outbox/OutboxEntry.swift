public import JSON
public import Postgres
public import Wire

/// One call that waits to be made.
public struct OutboxEntry: Sendable {
  public let id: Int64
  public let call: String
  public let key: String
  public let body: RawJSON
  public let trace: String?
  /// Tries so far, this one included.
  public let attempts: Int
  /// Since it was left.
  public let age: Duration
}

extension OutboxEntry {
  init(_ row: Row) throws(PostgresError) {
    id = try row.get(0)
    call = try row.get(1)
    key = try row.get(2)
    body = RawJSON(trusted: try row.get(3, as: Bytea.self).bytes)
    trace = try row.get(4)
    attempts = try row.get(5)
    age = .seconds(try row.get(6, as: Double.self))
  }
}

/// What a relay reports.
public enum OutboxEvent: Sendable {
  /// The receiver has taken the call on; the entry goes.
  case accepted(OutboxEntry)
  /// The receiver could not be asked, or could not do it now.
  case retrying(OutboxEntry, Failure, after: Duration)
  /// The receiver understood the call and will not do it: a defect of one of the two. The entry stays and is tried again
  /// now and then, since a newer build may do better.
  case refused(OutboxEntry, Failure, after: Duration)
  /// The table could not be read or written; claimed entries come back when their lease ends.
  case databaseFailed(PostgresError)
}
