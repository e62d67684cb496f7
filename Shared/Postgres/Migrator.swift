import Loop

/// Brings a schema to the state a build needs: forward only, one step per transaction, recorded in `<schema>.migration`.
public enum Migrator {
  /// Runs what is missing and returns the names of what it ran.
  ///
  /// Copies of a daemon that start together take turns under an advisory lock of the schema. Makes the schema when it is
  /// missing and the role may. Waits on a thread of the pool: for the start of a daemon, not for its work.
  @discardableResult
  @LoopActor
  public static func run(
    _ migrations: [Migration],
    schema: String,
    on url: String,
    password: String? = nil,
    connectTimeout: Duration = .seconds(5)
  ) async throws(MigrationError) -> [String] {
    let result: Result<[String], MigrationError> = await EventLoop.shared.offload {
      Result { () throws(MigrationError) in
        let session = try BlockingSession(url: url, password: password, connectTimeout: connectTimeout)
        return try Migrator.run(migrations, schema: schema, session)
      }
    }
    return try result.get()
  }

  private static func run(
    _ migrations: [Migration],
    schema: String,
    _ session: BlockingSession
  ) throws(MigrationError) -> [String] {
    // The lock is the session's: it goes with the connection, whatever happens.
    try session.rows("SELECT pg_advisory_lock(hashtextextended('carillon.migration.' || $1, 0))", [schema])
    let table = "\(quoted(schema)).migration"
    try prepare(schema, table, session)
    let pending = try MigrationPlan.pending(
      checksums(of: migrations, session),
      applied: applied(in: table, session)
    )
    for (migration, checksum) in pending {
      try apply(migration, checksum: checksum, to: table, session)
    }
    return pending.map(\.migration.name)
  }

  /// Looks before it makes, since `IF NOT EXISTS` asks for the right to create even when there is nothing to do.
  private static func prepare(_ schema: String, _ table: String, _ session: BlockingSession) throws(MigrationError) {
    if try session.rows("SELECT FROM pg_namespace WHERE nspname = $1", [schema]).isEmpty {
      try session.script("CREATE SCHEMA \(quoted(schema))")
    }
    if try session.rows("SELECT to_regclass($1)::text", [table]).first == [nil] {
      try session.script(
        """
        CREATE TABLE \(table) (
          position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name text NOT NULL UNIQUE,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
      )
    }
  }

  private static func checksums(
    of migrations: [Migration],
    _ session: BlockingSession
  ) throws(MigrationError) -> [(migration: Migration, checksum: String)] {
    var list: [(migration: Migration, checksum: String)] = []
    for migration in migrations {
      let row = try session.rows("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", [migration.sql])
      list.append((migration, row.first?.first.flatMap { $0 } ?? ""))
    }
    return list
  }

  private static func applied(
    in table: String,
    _ session: BlockingSession
  ) throws(MigrationError) -> [MigrationPlan.Applied] {
    try session.rows("SELECT name, checksum FROM \(table) ORDER BY position", [])
      .map { MigrationPlan.Applied(name: $0[0] ?? "", checksum: $0[1] ?? "") }
  }

  private static func apply(
    _ migration: Migration,
    checksum: String,
    to table: String,
    _ session: BlockingSession
  ) throws(MigrationError) {
    do throws(MigrationError) {
      try session.script("BEGIN")
      try session.script(migration.sql)
      try session.rows("INSERT INTO \(table) (name, checksum) VALUES ($1, $2)", [migration.name, checksum])
      try session.script("COMMIT")
    } catch {
      // An open transaction ends with the session, which the caller lets go of.
      guard case .failed(_, let reason) = error else { throw error }
      throw .failed(migration.name, reason: reason)
    }
  }
}
