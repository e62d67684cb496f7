import Postgres

/// The history of schema `live`, oldest first; files under `Schema` are built in and never change once they ran.
enum LiveSchema {
  static let migrations = [
    Migration(name: "m0001_counter", sql: String(decoding: PackageResources.m0001_counter_sql, as: UTF8.self)),
    Migration(name: "m0002_claim", sql: String(decoding: PackageResources.m0002_claim_sql, as: UTF8.self)),
    Migration(name: "m0003_term", sql: String(decoding: PackageResources.m0003_term_sql, as: UTF8.self)),
  ]
}
