/// One step of a schema's history; once it has run anywhere, neither its name nor its text may change.
public struct Migration: Sendable {
  public let name: String
  public let sql: String

  /// The text may hold several statements and runs as one transaction, so nothing that refuses one (`CREATE INDEX
  /// CONCURRENTLY`).
  public init(name: String, sql: String) {
    self.name = name
    self.sql = sql
  }
}

/// Why a schema was left as it is.
public enum MigrationError: Error, Equatable {
  /// No connection, or lost; worth trying again.
  case unavailable(String)
  /// The database has a migration this build does not know: the schema is of a newer build.
  case newer(String)
  /// A migration that has run reads differently now.
  case edited(String)
  /// The database's list and the build's differ in order.
  case reordered(expected: String, found: String)
  /// The server refused a migration; those before it stay.
  case failed(String, reason: String)
}

/// Compares what a build brings with what a database has.
enum MigrationPlan {
  struct Applied: Equatable {
    var name: String
    var checksum: String
  }

  /// The migrations still to run: those behind the ones that have run, which must be the first of the list, unchanged.
  static func pending(
    _ migrations: [(migration: Migration, checksum: String)],
    applied: [Applied]
  ) throws(MigrationError) -> [(migration: Migration, checksum: String)] {
    let known = Set(migrations.map(\.migration.name))
    if let unknown = applied.first(where: { !known.contains($0.name) }) { throw .newer(unknown.name) }
    for (own, theirs) in zip(migrations, applied) {
      guard own.migration.name == theirs.name else {
        throw .reordered(expected: own.migration.name, found: theirs.name)
      }
      guard own.checksum == theirs.checksum else { throw .edited(theirs.name) }
    }
    return Array(migrations.dropFirst(applied.count))
  }
}
