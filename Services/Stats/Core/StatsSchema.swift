import Postgres

/// The history of schema `stats`, oldest first; files under `Schema` are built in and never change once they ran.
enum StatsSchema {
  static let migrations = [
    Migration(name: "m0001_session", sql: String(decoding: PackageResources.m0001_session_sql, as: UTF8.self))
  ]
}
