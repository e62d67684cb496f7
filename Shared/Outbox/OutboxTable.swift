import JSON
public import Postgres
public import Wire

/// Where a service leaves calls to another one, in the same transaction as the change that causes them: what was
/// committed will be said, what was rolled back will not.
///
/// The receiver may hear a call more than once (a relay can die between the answer and the deletion), so it must take
/// a repeated key as done. Calls leave in the order of their ids, but one that has to be tried again does not hold up those
/// behind it.
public struct OutboxTable: Sendable {
  let name: String
  private let table: String
  private let insertion: Statement
  private let insertionOfMany: Statement

  /// A service that calls two others has a table for each, so that one that is away does not hold up the other. Schema
  /// and table are names of the program's own.
  public init(schema: String, table: String = "outbox") {
    name = "\(schema).\(table)"
    self.table = table
    insertion = Statement(
      """
      INSERT INTO \(name) (call, key, body, trace) VALUES ($1, $2, $3, $4)
      ON CONFLICT ON CONSTRAINT \(table)_key_once DO NOTHING
      """
    )
    insertionOfMany = Statement(
      """
      INSERT INTO \(name) (call, key, body, trace)
      SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[])
      ON CONFLICT ON CONSTRAINT \(table)_key_once DO NOTHING
      """
    )
  }

  /// Makes the table; the service lists it among its own migrations, whose names it must fit into.
  public func migration(named name: String) -> Migration {
    Migration(
      name: name,
      sql: """
        CREATE TABLE \(self.name) (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          created timestamptz NOT NULL DEFAULT now(),
          next_try timestamptz NOT NULL DEFAULT now(),
          attempts integer NOT NULL DEFAULT 0,
          call text NOT NULL,
          key text NOT NULL CONSTRAINT \(table)_key_once UNIQUE,
          body bytea NOT NULL,
          trace text
        );
        CREATE INDEX \(table)_due ON \(self.name) (next_try, id)
        """
    )
  }

  /// The statement that leaves a call, for callers who send several statements together. A key that waits already is
  /// left as it is. The call belongs to the trace of the call that is being answered.
  public func leaving<C: Call>(_ call: C, key: String, trace: String? = CallContext.currentTrace) throws -> SQL {
    SQL(insertion, C.name, key, Bytea(try call.json().bytes), trace)
  }

  /// The statement that leaves many calls.
  public func leaving(_ drafts: [OutboxDraft]) -> SQL {
    SQL(insertionOfMany, drafts.map(\.call), drafts.map(\.key), drafts.map(\.body), drafts.map(\.trace))
  }

  /// Leaves a call inside the caller's transaction. After the commit, `OutboxRelay.wake` saves the wait for the next poll.
  public func leave<C: Call>(
    _ call: C,
    key: String,
    trace: String? = CallContext.currentTrace,
    in transaction: Transaction
  ) async throws {
    try await transaction.query(leaving(call, key: key, trace: trace))
  }
}
